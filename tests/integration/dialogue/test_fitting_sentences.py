"""Test commands of the house that nobody wrote, but that fit the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from homeassistant.helpers import area_registry as ar
from homeassistant.setup import async_setup_component

from custom_components.hearken.dialogue.finder import SentenceFinder
from custom_components.hearken.dialogue.language import known_languages, read
from custom_components.hearken.dialogue.sentences import MAX_SENTENCES, Sentences
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.names.gather import NO_NAMES, async_gather_names
from custom_components.hearken.protocol import NameProposal, NameProposals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homeassistant.core import HomeAssistant

HEARD = "turn on the dusk lump"
TURN_ON = "turn on the desk lamp"
TURN_OFF = "turn off the desk lamp"
NAMES = {
    "light": ["Kitchen light", "Desk lamp", "LED strip"],
    "device": ["Kitchen light", "Desk lamp", "LED strip", "Living room TV"],
    "player": ["Living room TV"],
    "cover": ["Garage door"],
    "area": ["Kitchen", "Living Room"],
}


@pytest.fixture(autouse=True)
async def _furniture(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add lamps to the house, and allow time for loading the recognizer."""
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 30
    )
    assert await async_setup_component(hass, "light", {})
    ar.async_get(hass).async_create("Kitchen")
    for entity_id, name in {
        "light.desk": "Desk lamp",
        "light.led": "LED strip",
    }.items():
        hass.states.async_set(entity_id, "off", {"friendly_name": name})


async def choose(
    hass: HomeAssistant, text: str, margins: Mapping[str, float]
) -> tuple[str, bool]:
    """Return the text that is chosen, and whether it is a guess."""

    async def near(texts: Sequence[str]) -> Sequence[str]:
        """Return the sentences that have a margin."""
        assert list(texts) == [text]
        return list(margins)

    async def propose(sentences: Sequence[str]) -> NameProposals:
        """Judge the sentences, the best first."""
        return NameProposals(
            sentences=tuple(
                NameProposal(text=one, margin=margins[one]) for one in sentences
            )
        )

    asked = Understanding(hass, "en", near_sentences=near)
    return await asked.choose(text, propose=propose), asked.is_guess


@pytest.mark.parametrize(
    ("margins", "is_taken"),
    [
        ({TURN_ON: -3.0, TURN_OFF: -6.0}, True),
        ({TURN_ON: -7.0}, False),
        ({TURN_ON: -3.0, TURN_OFF: -4.0}, False),
        # Two ways to say the same are no rivals, nor is what nobody understands.
        ({TURN_ON: -3.0, "turn the desk lamp on": -3.5}, True),
        ({TURN_ON: -3.0, "turn up the lump": -3.5}, True),
        ({"turn up the lump": -1.0}, False),
        ({"turn up the lump": -1.0, TURN_ON: -3.0, TURN_OFF: -4.0}, False),
        ({}, False),
    ],
)
async def test_command_that_fits_the_sound_is_taken(
    hass: HomeAssistant, margins: Mapping[str, float], *, is_taken: bool
) -> None:
    """It is nearly as probable as what was heard, and clearly the best."""
    expected = TURN_ON if is_taken else HEARD
    assert await choose(hass, HEARD, margins) == (expected, is_taken)


async def test_numbers_stay_as_they_were_heard(hass: HomeAssistant) -> None:
    """Another number is another command, however well it fits."""
    heard = "set the dusk lump to 80%"
    assert await choose(hass, heard, {"set the desk lamp to 50%": 0.0}) == (
        heard,
        False,
    )


async def test_commands_follow_the_names_of_the_house(hass: HomeAssistant) -> None:
    """They have its names, and change with them."""
    finder, names = SentenceFinder(hass), await async_gather_names(hass)
    assert TURN_ON in await finder.near("en", names, [HEARD])
    assert TURN_ON in await finder.near("en-GB", names, [HEARD])
    assert TURN_ON not in await finder.near("en", NO_NAMES, [HEARD])
    assert not await finder.near("tlh", names, [HEARD])


@pytest.mark.parametrize(
    ("heard", "sentence"),
    [
        ("Turn off the desk land.", "turn off the desk lamp"),
        ("Nute the Living Rome TV.", "mute the living room TV"),
        ("I'd milk to the shopping list.", "add milk to the shopping list"),
        ("Set the desk ramp to 80%.", "set the desk lamp to 80%"),
        ("set the disc in lamp to 80%", "set the desk lamp to 80%"),
        ("to timer for 1 hour and 5 minutes", "set a timer for 1 hour and 5 minutes"),
        ("said a timer for five minutes", "set a timer for five minutes"),
        ("turn on the lead strip", "turn on the LED strip"),
    ],
)
def test_commands_are_found_by_their_looks(heard: str, sentence: str) -> None:
    """Names are written as in a sentence, and open places hold what was heard."""
    sentences = Sentences(read("en", "sentences"), NAMES)
    assert sentence in sentences.near([heard, "x"], 16)


@pytest.mark.parametrize(
    ("language", "names", "heard", "sentence"),
    [
        ("de", {"light": ["Küchenlicht"]}, "stell das Küchenlich auf 30 Prozent", ""),
        ("zh", {"device": ["书房台灯"]}, "打开书房台登", "打开书房台灯"),
    ],
)
def test_commands_of_other_languages(
    language: str, names: Mapping[str, Sequence[str]], heard: str, sentence: str
) -> None:
    """Languages without spaces work as well."""
    expected = sentence or "stell das küchenlicht auf 30 prozent"
    found = Sentences(read(language, "sentences"), names).near([heard], 16)
    assert expected.casefold() in map(str.casefold, found)


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_no_sentence_is_a_single_word(language: str) -> None:
    """What is short sounds like too much."""
    names = {kind: ["Lampe Nord"] for kind in NAMES}
    sentences = Sentences(read(language, "sentences"), names)
    assert 0 < len(sentences) < MAX_SENTENCES
    short = [one for one in sentences.near(["x"], 1000) if len(one) < 4]
    assert not short


def test_large_houses_have_a_limit() -> None:
    """What comes first is kept."""
    names = {"device": [f"Lamp {number}" for number in range(5_000)]}
    sentences = Sentences(read("en", "sentences"), names)
    assert len(sentences) == MAX_SENTENCES
    assert "turn on the lamp 7" in sentences.near(["turn on the lamb 7"], 16)


def test_commands_leave_out_no_word() -> None:
    """What is left of a longer text is another command."""
    sentences = Sentences(read("en", "sentences"), NAMES)
    near = sentences.near(["turn on the cellar light"], 16)
    assert "turn on the kitchen light" in near
    assert "turn on the light" not in near


def test_nothing_is_like_nothing() -> None:
    """Without data or without text there is nothing to find."""
    assert not Sentences({}, NAMES).near(["turn on the lamp"], 16)
    assert not Sentences(read("en", "sentences"), NAMES).near(["", "?!"], 16)

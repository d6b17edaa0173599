"""Test what Home Assistant's recognizer understands, without executing it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.helpers import area_registry as ar
from homeassistant.setup import async_setup_component

from custom_components.hearken.dialogue.continuations import tails
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.names.gather import async_gather_names
from custom_components.hearken.protocol import (
    Alternative,
    NameProposal,
    NameProposals,
    UtteranceState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.components.conversation import ConversationInput
    from homeassistant.core import HomeAssistant

COMPLETE, DANGLING, UNKNOWN = (
    UtteranceState.COMPLETE,
    UtteranceState.DANGLING,
    UtteranceState.UNKNOWN,
)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow time for loading the recognizer."""
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 30
    )


@pytest.fixture(autouse=True)
async def _furniture(hass: HomeAssistant) -> None:
    """Add entities with names to the house."""
    assert await async_setup_component(hass, "todo", {})
    ar.async_get(hass).async_create("Kitchen")
    for entity_id, name in {
        "light.kitchen": "Kitchen light",
        "light.kuche": "Küchenlicht",
        "light.study": "书房台灯",
        "light.desk": "Desk",
        "light.desk_lamp": "Desk lamp",
        "cover.garage": "Garage door",
        "climate.kitchen": "Thermostat",
    }.items():
        hass.states.async_set(entity_id, "off", {"friendly_name": name})


async def understanding(hass: HomeAssistant, language: str = "en") -> Understanding:
    """Return an understanding of this house."""
    return Understanding(hass, language, names=await async_gather_names(hass))


async def test_improbable_rival_is_none(hass: HomeAssistant) -> None:
    """A text that is understood stands if one that disagrees is less probable."""
    asked = await understanding(hass)
    texts = [
        Alternative(text="turn on the desk", confidence=0.8),
        Alternative(text="turn off the desk", confidence=0.6),
    ]
    assert await asked.choose("x", texts) == "turn on the desk"


def several(texts: Sequence[str]) -> list[Alternative]:
    """Return alternatives, the best first."""
    return [Alternative(text=text, confidence=0.5) for text in texts]


class Proposer:
    """Proposes texts with names, as the server does."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Propose these texts."""
        self._texts = texts
        self.is_asked = False

    async def __call__(self, _sentences: Sequence[str]) -> NameProposals:
        """Return the proposals."""
        self.is_asked = True
        return NameProposals(
            proposals=tuple(NameProposal(text=one, margin=-1.0) for one in self._texts)
        )


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("turn on the kitchen light", COMPLETE),
        ("Turn on the kitchen light.", COMPLETE),
        ("open the garage door", COMPLETE),
        ("what time is it?", COMPLETE),
        ("turn on the lamp", UNKNOWN),
        ("good night", UNKNOWN),
        ("", UNKNOWN),
        ("...", UNKNOWN),
        ("turn on", DANGLING),
        ("turn on the", DANGLING),
        ("turn on the kitchen", DANGLING),
        ("open", DANGLING),
        ("set the kitchen light to", DANGLING),
        ("set a timer for", DANGLING),
        ("turn the kitchen light", DANGLING),
        # One name is the beginning of the other: the speaker may not have finished.
        ("turn on the desk", UNKNOWN),
        ("turn on the desk lamp", COMPLETE),
    ],
)
async def test_english(hass: HomeAssistant, text: str, state: UtteranceState) -> None:
    """Commands are complete, their beginnings dangle, other texts are unknown."""
    assert await (await understanding(hass)).state_of(text) is state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("schalte das küchenlicht ein", COMPLETE),
        ("schalte das küchenlicht", DANGLING),
        ("schalte das", DANGLING),
        ("mach das küchenlicht", DANGLING),
        ("guten morgen", UNKNOWN),
    ],
)
async def test_german(hass: HomeAssistant, text: str, state: UtteranceState) -> None:
    """In German, the verb may come last."""
    assert await (await understanding(hass, "de")).state_of(text) is state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("打开书房台灯", COMPLETE),
        ("把书房台灯打开", COMPLETE),
        ("打开", DANGLING),
        ("今天天气真好啊朋友", UNKNOWN),
    ],
)
async def test_chinese(hass: HomeAssistant, text: str, state: UtteranceState) -> None:
    """Chinese has no spaces between words."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "厨房灯"})
    assert await (await understanding(hass, "zh-CN")).state_of(text) is state


async def test_sentence_of_an_automation(hass: HomeAssistant) -> None:
    """Sentences of automations are commands; a final wildcard may continue."""

    async def nothing(*_: object) -> str | None:
        raise AssertionError

    register = get_agent_manager(hass).register_trigger
    register(["it's party time", "play {music}", "open the {thing} now"], nothing)
    asked = await understanding(hass)
    assert await asked.state_of("it's party time") is COMPLETE
    assert await asked.state_of("play some jazz") is UNKNOWN
    assert await asked.state_of("open the big gate now") is COMPLETE


async def test_nothing_is_done(hass: HomeAssistant) -> None:
    """Understanding a command does not execute it."""
    calls: list[object] = []
    hass.bus.async_listen("call_service", calls.append)
    await (await understanding(hass)).state_of("turn on the kitchen light")
    await hass.async_block_till_done()
    assert not calls


@pytest.mark.parametrize(
    ("text", "others", "chosen"),
    [
        ("turn on the chicken light", ["turn on the kitchen light"], 1),
        ("Turn on the chicken light.", ["Turn on the kitchen light."], 1),
        ("turn on the desk lamp", ["turn on the kitchen light"], 0),
        ("x", ["y", "open the garage door", "turn on the chicken"], 2),
        ("x", ["y", "y.", "Y", "y!", "y?", "open the garage door"], 6),
        ("x", ["a", "b", "c", "d", "open the garage door"], 0),
        ("", ["turn on the kitchen light"], 0),
        ("x", [], 0),
        # Those that disagree on what to do are as likely to be wrong.
        ("x", ["turn on the desk", "turn on the desk lamp"], 0),
        ("x", ["turn on the desk", "turn off the desk"], 0),
        ("x", ["turn on the desk lamp", "Turn on the desk-lamp!"], 1),
        # The number was 50, whatever else was.
        ("set kitchen lied to 50%", ["set kitchen light to 3%"], 0),
        (
            "set kitchen lied to 50%",
            ["set kitchen light to 3%", "set kitchen light to fifty percent"],
            2,
        ),
        ("set a time for 5 minutes", ["set a timer for 5 minutes"], 1),
        (
            "set kitchen lied to 50%",
            ["set kitchen light to 50%", "set kitchen light to fifty percent"],
            1,
        ),
    ],
)
async def test_first_text_that_is_understood_is_chosen(
    hass: HomeAssistant, text: str, others: Sequence[str], chosen: int
) -> None:
    """A text that is understood stays, else the first alternative that is is taken."""
    asked = await understanding(hass)
    assert await asked.choose(text, several(others)) == [text, *others][chosen]


@pytest.mark.parametrize(
    ("text", "others", "state"),
    [
        ("turn on the chicken light", ["turn on the kitchen light"], COMPLETE),
        ("good night", ["good bye", "Open the garage door."], COMPLETE),
        ("turn on the dusk", ["turn on the desk"], UNKNOWN),
        # What must go on is not ended by an alternative.
        ("turn on the", ["turn on the kitchen light"], DANGLING),
        ("turn on the kitchen", ["turn on the kitchen light"], DANGLING),
        ("turn on the kitchen", ["turn on the chicken"], DANGLING),
        ("turn the kitchen light", ["turn on the kitchen light"], UNKNOWN),
        ("turn on the desk lamp", ["turn on the"], COMPLETE),
        ("x", ["turn on the garage door", "open the garage door"], COMPLETE),
        ("x", ["close the garage door", "open the garage door"], UNKNOWN),
    ],
)
async def test_end_of_speech_looks_at_the_same_texts(
    hass: HomeAssistant, text: str, others: Sequence[str], state: UtteranceState
) -> None:
    """A command is complete if the text that will be chosen is."""
    asked = await understanding(hass)
    assert await asked.state_of(text, several(others)) is state


@pytest.mark.parametrize(
    ("text", "others", "proposals", "chosen"),
    [
        ("turn on the desk lump", [], ["turn on the dose", "turn on the desk lamp"], 1),
        ("turn on the desk lump", [], ["turn on the dose"], None),
        ("turn on the desk lump", [], [], None),
    ],
)
async def test_names_are_the_last_resort(
    hass: HomeAssistant,
    text: str,
    others: Sequence[str],
    proposals: Sequence[str],
    chosen: int | None,
) -> None:
    """The first proposal that is understood is taken, else the text as heard."""
    asked = await understanding(hass)
    propose = Proposer(proposals)
    expected = text if chosen is None else proposals[chosen]
    assert await asked.choose(text, several(others), propose) == expected
    assert propose.is_asked


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("turn on the desk lamp", []),
        ("turn on the desk lump", ["turn on the kitchen light"]),
        ("", []),
    ],
)
async def test_names_are_not_asked_for_if_a_text_is_understood(
    hass: HomeAssistant, text: str, others: Sequence[str]
) -> None:
    """A text that is understood, or none at all, needs no names."""
    asked = await understanding(hass)
    propose = Proposer(["open the garage door"])
    assert await asked.choose(text, several(others), propose) == [text, *others][-1]
    assert not propose.is_asked


async def test_choice_without_time(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If understanding takes too long, the best text stays."""
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 0
    )
    asked = await understanding(hass)
    assert await asked.choose("x", several(["open the garage door"])) == "x"


async def test_names_that_come_too_late(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer in time costs only that time."""
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 0.1
    )

    async def never(_sentences: Sequence[str]) -> NameProposals:
        await asyncio.Event().wait()
        raise AssertionError

    asked = await understanding(hass)
    assert await asked.choose("x", (), never) == "x"


def test_nothing_begins_no_name() -> None:
    """A text without words is not the beginning of a name."""
    assert tails("", ["desk lamp"]) == []
    assert tails("turn on the desk", ["desk lamp"]) == ["lamp"]


async def test_alternatives_that_differ_in_marks_alone_are_asked_once(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts that differ only in case and final punctuation are recognized once."""
    agent = get_agent_manager(hass).default_agent
    assert agent is not None
    recognize, asked = agent.async_recognize_intent, []

    async def spy(user_input: ConversationInput, **options: bool) -> object:
        asked.append(user_input.text)
        return await recognize(user_input, **options)

    monkeypatch.setattr(agent, "async_recognize_intent", spy)
    texts = ["Sing a song!", "sing a song", "Sing a sonnet.", "sing a sonnet"]
    home = await understanding(hass)
    chosen = await home.choose("sing a song.", several(texts))
    assert chosen == "sing a song."
    assert asked == ["sing a song.", "Sing a sonnet."]

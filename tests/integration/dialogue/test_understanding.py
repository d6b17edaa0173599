"""Test what Home Assistant's recognizer understands, without executing it."""

from __future__ import annotations

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
    TranscriptDetails,
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
        ("turn on the chicken light", [("turn on the kitchen light", 0.78)], 1),
        ("turn on the chicken light", [("turn on the kitchen light", 0.74)], 0),
        ("turn on the desk lamp", [("turn on the kitchen light", 0.79)], 0),
        ("x", [("y", 0.78), ("open the garage door", 0.78)], 2),
        ("x", [("y", 0.78)] * 5 + [("open the garage door", 0.78)], 0),
        ("", [("turn on the kitchen light", 0.8)], 0),
        ("x", [], 0),
    ],
)
async def test_choice_among_alternatives(
    hass: HomeAssistant,
    text: str,
    others: Sequence[tuple[str, float]],
    chosen: int,
) -> None:
    """A close alternative is chosen if it is the only one understood."""
    details = TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        confidence=0.8,
        alternatives=tuple(Alternative(text=t, confidence=c) for t, c in others),
    )
    texts = [text, *(other for other, _ in others)]
    asked = await understanding(hass)
    assert await asked.choose(text, details) == texts[chosen]


async def test_choice_without_details(hass: HomeAssistant) -> None:
    """Without confidence values, the best text stays."""
    asked = await understanding(hass)
    assert await asked.choose("x", None) == "x"
    bare = TranscriptDetails(audio_seconds=1, decode_seconds=1)
    assert await asked.choose("x", bare) == "x"


async def test_choice_without_time(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If understanding takes too long, the best text stays."""
    monkeypatch.setattr(
        "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS", 0
    )
    details = TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        confidence=0.8,
        alternatives=(Alternative(text="open the garage door", confidence=0.8),),
    )
    assert await (await understanding(hass)).choose("x", details) == "x"


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
    details = TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        confidence=0.8,
        alternatives=tuple(Alternative(text=text, confidence=0.8) for text in texts),
    )
    chosen = await (await understanding(hass)).choose("sing a song.", details)
    assert chosen == "sing a song."
    assert asked == ["sing a song.", "Sing a sonnet."]

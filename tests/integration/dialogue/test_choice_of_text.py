"""Test which text of a command is used, through the speech-to-text entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import conversation, stt
from homeassistant.components.assist_pipeline import async_get_pipelines
from homeassistant.components.assist_pipeline.pipeline import async_update_pipeline

from custom_components.hearken.satellite.follow_up import FollowUp
from custom_components.hearken.satellite.run_context import RunContext, enter_run
from hearken_speech.protocol import (
    Alternative,
    EmptyReason,
    NameProposal,
    TranscriptDetails,
)
from tests.integration.test_stt import ENTITY, METADATA, Source

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

    from tests.simulators.speech_server import SpeechServer

LIMIT = "custom_components.hearken.dialogue.understanding.CHOICE_TIMEOUT_SECONDS"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow time for loading the recognizer."""
    monkeypatch.setattr(LIMIT, 30)


@pytest.fixture
def ear(
    hass: HomeAssistant, running_server: SpeechServer, light_calls: list[ServiceCall]
) -> stt.SpeechToTextEntity:
    """Return the speech-to-text entity of a house with a kitchen light."""
    running_server.ends_speech_after_ms = 50
    entity = stt.async_get_speech_to_text_entity(hass, ENTITY)
    assert entity is not None
    return entity


async def test_alternative_that_is_understood(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """An alternative is used if the best text is not understood."""
    running_server.text = "turn on the chicken light"
    running_server.transcript_context = TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        confidence=0.8,
        alternatives=(Alternative(text="turn on the kitchen light", confidence=0.5),),
        offers_names=True,
    ).context()
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the kitchen light"
    types = [event.type for event in running_server.received]
    assert "hearken-propose-names" not in types


def doubt(*texts: str) -> dict[str, Any]:
    """Return the context of an empty transcript whose texts the server doubts."""
    return TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        empty_reason=EmptyReason.PHANTOM,
        alternatives=tuple(Alternative(text=text, confidence=0.5) for text in texts),
        rejected="no-speech-probability",
    ).context()


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("turn on the kitchen light",), "turn on the kitchen light"),
        (
            ("turn in the kitchen light", "turn on the kitchen light"),
            "turn on the kitchen light",
        ),
        (("turn in the kitchen light", "turn the kitchen lied on"), ""),
        (
            (
                "turn in the kitchen light",
                "turn off the kitchen light",
                "turn on the kitchen light",
            ),
            "",
        ),
        (("hello", "what time is it"), ""),
        ((), ""),
    ],
)
async def test_doubted_command(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    texts: tuple[str, ...],
    wanted: str,
) -> None:
    """What the server doubts is asked about if it names something in the house."""
    running_server.text = ""
    running_server.transcript_context = doubt(*texts)
    enter_run(run := RunContext())
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == run.notes.doubted == wanted
    assert run.notes.is_silent is not bool(wanted)


async def test_doubted_text_for_an_agent_that_does_not_ask(
    hass: HomeAssistant, ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """Another agent would act at once, so it gets nothing."""
    (pipeline,) = [one for one in async_get_pipelines(hass) if one.stt_engine == ENTITY]
    await async_update_pipeline(
        hass, pipeline, conversation_engine=conversation.HOME_ASSISTANT_AGENT
    )
    running_server.text = ""
    running_server.transcript_context = doubt("turn on the kitchen light")
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == ""


async def test_doubted_text_without_a_wake_word(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """After an answer, what the server doubts was meant for someone else."""
    running_server.text = ""
    running_server.transcript_context = doubt("turn on the kitchen light")
    enter_run(RunContext(follow_up=FollowUp.COMMAND))
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == ""


def offer(*, offers_names: bool = True, offers_look: bool = False) -> dict[str, Any]:
    """Return the context of a transcript for which names are offered."""
    return TranscriptDetails(
        audio_seconds=1,
        decode_seconds=1,
        offers_names=offers_names,
        offers_look=offers_look,
    ).context()


PROPOSALS = (
    NameProposal(text="turn on the hitching light", margin=-1.0),
    NameProposal(text="turn on the kitchen light", margin=-3.0),
)


async def test_names_are_asked_for(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """If no text is understood, the first understood proposal of the server is used."""
    running_server.text = "turn on the chicken light"
    running_server.proposals = PROPOSALS
    running_server.transcript_context = offer()
    source = Source()
    result = await ear.async_process_audio_stream(METADATA, source)
    assert result.text == "turn on the kitchen light"
    assert source.is_closed
    types = [event.type for event in running_server.received]
    assert types.count("hearken-propose-names") == 1
    # The question came on the connection of the command, which is closed now.
    assert types.count("transcribe") == 1
    await running_server.wait_until(lambda: not running_server.is_visited)


@pytest.mark.parametrize(
    ("margin", "text"), [(-3.0, "what time is it"), (-9.0, "what dime is it")]
)
async def test_command_fits_the_sound(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    margin: float,
    text: str,
) -> None:
    """What nobody wrote is taken if it is about as probable as what was heard."""
    running_server.text = "what dime is it"
    running_server.fitting = (NameProposal(text="what time is it", margin=margin),)
    running_server.transcript_context = offer()
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == text
    asked = next(
        event.data["sentences"]
        for event in running_server.received
        if event.type == "hearken-propose-names"
    )
    assert "what time is it" in asked


@pytest.mark.parametrize("proposals", [(), PROPOSALS[:1]])
async def test_no_name_fits(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    proposals: tuple[NameProposal, ...],
) -> None:
    """The text as heard is used if no proposal is understood."""
    running_server.text = "turn on the chicken light"
    running_server.proposals = proposals
    running_server.transcript_context = offer()
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the chicken light"


async def test_server_that_offers_no_names(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """An older server, or one without names, is not asked."""
    running_server.text = "turn on the chicken light"
    running_server.proposals = PROPOSALS
    for context in (None, offer(offers_names=False)):
        running_server.transcript_context = context
        result = await ear.async_process_audio_stream(METADATA, Source())
        assert result.text == "turn on the chicken light"
    types = [event.type for event in running_server.received]
    assert "hearken-propose-names" not in types


@pytest.mark.parametrize(
    ("text", "seen", "chosen"),
    [
        ("turn on the chicken light", "Turn on the kitchen light.", 1),
        ("turn on the chicken light", "Turn on the hitching light.", 0),
        ("turn on the chicken light", "", 0),
        # The numbers that were heard first count.
        ("chicken light to 50 percent", "Set the kitchen light to 15 percent.", 0),
    ],
)
async def test_longer_look_comes_last(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    text: str,
    seen: str,
    chosen: int,
) -> None:
    """If no name helps, the text of a longer look is used if it is understood."""
    running_server.text = text
    running_server.second_look = seen
    running_server.transcript_context = offer(offers_look=True)
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == (text, seen)[chosen]
    types = [event.type for event in running_server.received]
    assert types[-2:] == ["hearken-propose-names", "hearken-look-again"]


async def test_longer_look_only_if_it_is_needed(
    ear: stt.SpeechToTextEntity, running_server: SpeechServer
) -> None:
    """A text that is understood, or a server that offers no look, needs none."""
    running_server.second_look = "turn on the kitchen light"
    for text, offers_look in (
        ("turn on the kitchen light", True),
        ("turn on the chicken light", False),
    ):
        running_server.text = text
        running_server.transcript_context = offer(offers_look=offers_look)
        result = await ear.async_process_audio_stream(METADATA, Source())
        assert result.text == text
    types = [event.type for event in running_server.received]
    assert "hearken-look-again" not in types


async def test_server_that_owes_the_names(
    ear: stt.SpeechToTextEntity,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that offers names and does not answer costs only the time limit."""
    monkeypatch.setattr(LIMIT, 0.2)
    running_server.text = "turn on the chicken light"
    running_server.proposals = None
    running_server.transcript_context = offer()
    result = await ear.async_process_audio_stream(METADATA, Source())
    assert result.text == "turn on the chicken light"
    await running_server.wait_until(lambda: not running_server.is_visited)

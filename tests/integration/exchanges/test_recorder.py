"""Test the record of an exchange, built from pipeline events alone."""

from __future__ import annotations

from typing import Any

import pytest
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType

from custom_components.hearken.exchanges.exchange import Kind, Part
from custom_components.hearken.exchanges.recorder import ExchangeRecorder, RunNotes

NOTHING = {"code": "stt-no-text-recognized", "message": ""}


def event(kind: PipelineEventType, second: float, **data: Any) -> PipelineEvent:
    """Return an event at this time."""
    return PipelineEvent(kind, data, timestamp=f"2026-01-01T00:00:{second:06.3f}+00:00")


def test_parts_are_timed_by_home_assistants_own_detector() -> None:
    """With voice activity events, listening and transcribing are timed separately."""
    recorder = ExchangeRecorder(RunNotes(), is_question=False)
    kind = PipelineEventType
    recorded = [
        *recorder.feed(event(kind.RUN_START, 0)),
        *recorder.feed(event(kind.STT_START, 1)),
        *recorder.feed(event(kind.STT_VAD_START, 1.5)),
        *recorder.feed(event(kind.STT_VAD_END, 3)),
        *recorder.feed(event(kind.STT_END, 3.25, stt_output={"text": " hello "})),
        *recorder.feed(event(kind.INTENT_START, 3.25)),
        *recorder.feed(event(kind.INTENT_END, 3.5, intent_output={"response": {}})),
        *recorder.feed(event(kind.RUN_END, 4)),
        *recorder.feed(event(kind.RUN_END, 5)),
    ]
    assert recorded == [Kind.COMMAND_HEARD, Kind.COMMAND_DONE]
    record = recorder.record()
    assert record.text == "hello"
    assert record.seconds == {
        Part.LISTENING: 2.0,
        Part.TRANSCRIBING: 0.25,
        Part.UNDERSTANDING: 0.25,
    }


@pytest.mark.parametrize(
    ("is_awaited", "has_voice", "kind"),
    [
        (True, False, Kind.FALSE_WAKE),
        (True, True, Kind.NOTHING_HEARD),
        (False, False, Kind.NOTHING_HEARD),
    ],
)
def test_silence_with_another_engine(
    is_awaited: bool,  # noqa: FBT001 - one of the parameters of the test
    has_voice: bool,  # noqa: FBT001 - one of the parameters of the test
    kind: Kind,
) -> None:
    """Without the engine's own result, Home Assistant's detector decides."""
    recorder = ExchangeRecorder(RunNotes(wake_word="alexa"), is_question=False)
    recorder.feed(event(PipelineEventType.RUN_START, 0))
    processing = {"requires_external_vad": is_awaited}
    recorder.feed(event(PipelineEventType.STT_START, 1, audio_processing=processing))
    if has_voice:
        recorder.feed(event(PipelineEventType.STT_VAD_START, 2))
    recorder.feed(event(PipelineEventType.ERROR, 3, **NOTHING))
    assert recorder.feed(event(PipelineEventType.RUN_END, 3)) == [kind]


@pytest.mark.parametrize(
    "code", ["duplicate_wake_up_detected", "wake_word_detection_aborted"]
)
def test_what_is_nobodys_mistake(code: str) -> None:
    """A run replaced by another one has not failed."""
    recorder = ExchangeRecorder(RunNotes(wake_word="alexa"), is_question=False)
    recorder.feed(event(PipelineEventType.RUN_START, 0))
    recorder.feed(event(PipelineEventType.STT_START, 1))
    recorder.feed(event(PipelineEventType.ERROR, 1, code=code, message=""))
    assert recorder.feed(event(PipelineEventType.RUN_END, 2)) == []


def test_wake_word_that_never_comes() -> None:
    """A run without a wake word has no record."""
    recorder = ExchangeRecorder(RunNotes(), is_question=False)
    recorder.feed(event(PipelineEventType.RUN_START, 0))
    assert recorder.feed(event(PipelineEventType.WAKE_WORD_END, 1)) == []
    recorder.feed(event(PipelineEventType.ERROR, 2, code="wake-stream-failed"))
    assert recorder.feed(event(PipelineEventType.RUN_END, 2)) == []

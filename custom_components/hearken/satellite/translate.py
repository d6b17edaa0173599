"""Tells a turn what satellites and pipelines say."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from wyoming.audio import AudioStart, AudioStop
from wyoming.event import Event
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.wake import Detection

from ..client.wire import parse
from ..errors import BadEventError
from .events import (
    AnswerBegan,
    AnswerReady,
    AudioBegan,
    AudioEnded,
    IntentHandled,
    ListeningBegan,
    RunBegan,
    RunFailed,
    RunRequested,
    RunStage,
    SpeechEnded,
    TextHeard,
    TurnEvent,
    WakeWordFound,
    WakeWordHeard,
)

_STAGES = {PipelineStage.WAKE: RunStage.WAKE, PipelineStage.ASR: RunStage.COMMAND}


def from_satellite(event: Event, phrases: Mapping[str, str]) -> TurnEvent | None:
    """Return what the satellite's event means, if it means anything."""
    if AudioStart.is_type(event.type):
        return AudioBegan()
    if AudioStop.is_type(event.type):
        return AudioEnded()
    if Detection.is_type(event.type):
        name = parse(Detection.from_event, event).name
        return WakeWordHeard(phrases.get(str(name), str(name)))
    if RunPipeline.is_type(event.type):
        run = parse(RunPipeline.from_event, event)
        if (stage := _STAGES.get(run.start_stage)) is None:
            msg = f"a pipeline cannot begin at {run.start_stage}"
            raise BadEventError(msg)
        name = run.wake_word_name
        phrase = phrases.get(str(name), str(name)) if name else None
        return RunRequested(stage, phrase)
    return None


def from_pipeline(event: PipelineEvent) -> TurnEvent | None:
    """Return what the pipeline's event means, if it means anything."""
    meaning = _MEANINGS.get(event.type)
    return meaning(event.data or {}) if meaning else None


def _wake_word(data: Mapping[str, Any]) -> TurnEvent | None:
    """Return the wake word, if there was one."""
    if not (output := data.get("wake_word_output")):
        return None
    return WakeWordFound(output["wake_word_id"], output.get("timestamp"))


def _intent(data: Mapping[str, Any]) -> TurnEvent:
    """Return what became of the command."""
    return IntentHandled(data["intent_output"].get("continue_conversation") is True)


_MEANINGS: Final[
    Mapping[PipelineEventType, Callable[[Mapping[str, Any]], TurnEvent | None]]
] = {
    PipelineEventType.RUN_START: lambda _: RunBegan(),
    PipelineEventType.WAKE_WORD_END: _wake_word,
    PipelineEventType.STT_START: lambda _: ListeningBegan(),
    PipelineEventType.STT_VAD_END: lambda _: SpeechEnded(),
    PipelineEventType.STT_END: lambda data: TextHeard(data["stt_output"]["text"]),
    PipelineEventType.INTENT_END: _intent,
    PipelineEventType.TTS_START: lambda data: AnswerBegan(data["tts_input"]),
    PipelineEventType.TTS_END: lambda data: AnswerReady(data["tts_output"]["token"]),
    PipelineEventType.ERROR: lambda data: RunFailed(data["code"]),
}

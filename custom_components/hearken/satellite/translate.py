"""Translation of pipeline events into events of a turn."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType

from .events import (
    AnswerBegan,
    AnswerReady,
    IntentHandled,
    ListeningBegan,
    RunBegan,
    RunFailed,
    SpeechEnded,
    TextHeard,
    TurnEvent,
    VoiceStarted,
    WakeWordFound,
)

_QUESTION_MARKS: Final = ("?", "\uff1f", "\u037e", "\u061f")
_DONE: Final = ("action_done", "query_answer")


def from_pipeline(event: PipelineEvent) -> TurnEvent | None:
    """Return the event for a turn, None if the pipeline event is not relevant."""
    meaning = _MEANINGS.get(event.type)
    return meaning(event.data or {}) if meaning else None


def _wake_word(data: Mapping[str, Any]) -> TurnEvent | None:
    """Return the wake word, if there was one."""
    if not (output := data.get("wake_word_output")):
        return None
    return WakeWordFound(output["wake_word_id"], output.get("timestamp"))


def _intent(data: Mapping[str, Any]) -> TurnEvent:
    """Return the result of the command."""
    output = data["intent_output"]
    response = output.get("response") or {}
    answer = ((response.get("speech") or {}).get("plain") or {}).get("speech") or ""
    return IntentHandled(
        listen_again=output.get("continue_conversation") is True,
        is_question=str(answer).rstrip().endswith(_QUESTION_MARKS),
        is_done=response.get("response_type") in _DONE,
    )


_MEANINGS: Final[
    Mapping[PipelineEventType, Callable[[Mapping[str, Any]], TurnEvent | None]]
] = {
    PipelineEventType.RUN_START: lambda _: RunBegan(),
    PipelineEventType.WAKE_WORD_END: _wake_word,
    PipelineEventType.STT_START: lambda _: ListeningBegan(),
    PipelineEventType.STT_VAD_START: lambda _: VoiceStarted(),
    PipelineEventType.STT_VAD_END: lambda _: SpeechEnded(),
    PipelineEventType.STT_END: lambda data: TextHeard(data["stt_output"]["text"]),
    PipelineEventType.INTENT_END: _intent,
    PipelineEventType.TTS_START: lambda data: AnswerBegan(data["tts_input"]),
    PipelineEventType.TTS_END: lambda data: AnswerReady(data["tts_output"]["token"]),
    PipelineEventType.ERROR: lambda data: RunFailed(data["code"]),
}

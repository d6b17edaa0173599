"""Records one exchange from the events of its pipeline run.

Without input or output: pipeline events go in, kinds of events come out. Durations are
differences between the timestamps of the pipeline events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType

from .exchange import HIDDEN_TEXT, Exchange, Kind, Part, TurnRecord

_NOTHING_HEARD: Final = "stt-no-text-recognized"
_NOT_UNDERSTOOD: Final = frozenset({"no_intent_match", "no_valid_targets"})
_NO_FAILURES: Final = frozenset(
    {
        "duplicate_wake_up_detected",
        "wake_word_detection_aborted",
        "wake-word-timeout",
    }
)


@dataclass(slots=True)
class RunNotes:
    """Facts that the stages of a run know and the pipeline does not pass on."""

    wake_word: str | None = None
    """The wake word that the satellite detected itself."""
    wake_word_id: str | None = None
    score: float | None = None
    is_silent: bool | None = None
    """Whether the recording contains no speech; None if speech-to-text does not say."""
    heard: str = ""
    """What the recognizer thinks was said; the text may be another one of its texts."""
    unsure: str = ""
    """The text, if the recognizer is not sure of it."""
    doubted: str = ""
    """The text, if the recognizer doubts that anybody said anything."""
    is_secret: bool = False
    """Whether nobody may read the text."""
    turn: TurnRecord | None = None
    """How the conversation agent understood the text."""


class ExchangeRecorder:
    """Records what happens in one pipeline run."""

    def __init__(self, notes: RunNotes, *, is_question: bool) -> None:
        """Start the record; the answer to a question is not a command."""
        self._notes = notes
        self._is_question = is_question
        self._marks: dict[PipelineEventType, datetime] = {}
        self._seconds: dict[Part, float] = {}
        self._wake_word = notes.wake_word
        self._wake_word_id = notes.wake_word_id
        self._text: str | None = None
        self._response: Mapping[str, Any] | None = None
        self._error: str | None = None
        self._is_voice_awaited = False
        self._is_over = False
        self._handlers: dict[
            PipelineEventType, Callable[[Mapping[str, Any]], list[Kind]]
        ] = {
            PipelineEventType.RUN_START: self._began,
            PipelineEventType.WAKE_WORD_END: self._woken,
            PipelineEventType.STT_START: self._listening,
            PipelineEventType.STT_END: self._heard,
            PipelineEventType.INTENT_END: self._handled,
            PipelineEventType.TTS_END: self._answered,
            PipelineEventType.ERROR: self._failed,
            PipelineEventType.RUN_END: self._over,
        }

    def feed(self, event: PipelineEvent) -> list[Kind]:
        """Handle a pipeline event and return the kinds of events it leads to."""
        self._marks.setdefault(event.type, datetime.fromisoformat(event.timestamp))
        handler = self._handlers.get(event.type)
        return handler(event.data or {}) if handler else []

    def record(self) -> Exchange:
        """Return the exchange as far as it is known."""
        return Exchange(
            wake_word=self._wake_word,
            wake_word_id=self._wake_word_id,
            score=self._notes.score,
            text=self._text,
            understood=self._is_understood(),
            error=self._error or self._response_error(),
            answer=self._answer(),
            turn=self._notes.turn if self._response is not None else None,
            seconds=dict(self._seconds),
        )

    # Pipeline events.

    def _began(self, _data: Mapping[str, Any]) -> list[Kind]:
        return [Kind.WAKE_WORD_HEARD] if self._wake_word else []

    def _woken(self, data: Mapping[str, Any]) -> list[Kind]:
        if not (output := data.get("wake_word_output")):
            return []
        self._wake_word_id = output.get("wake_word_id")
        self._wake_word = output.get("wake_word_phrase") or self._wake_word_id
        return [Kind.WAKE_WORD_HEARD]

    def _listening(self, data: Mapping[str, Any]) -> list[Kind]:
        processing = data.get("audio_processing") or {}
        self._is_voice_awaited = processing.get("requires_external_vad") is True
        return []

    def _heard(self, data: Mapping[str, Any]) -> list[Kind]:
        opened, ended = PipelineEventType.STT_START, PipelineEventType.STT_VAD_END
        if ended in self._marks:
            self._measure(Part.LISTENING, opened, ended)
            self._measure(Part.TRANSCRIBING, ended, PipelineEventType.STT_END)
        else:
            # Speech-to-text detected the end of speech itself.
            self._measure(Part.LISTENING, opened, PipelineEventType.STT_END)
        self._text = str(data.get("stt_output", {}).get("text") or "").strip() or None
        if self._text is not None and self._notes.is_secret:
            self._text = HIDDEN_TEXT
        if self._text is None or self._is_question:
            return []
        return [Kind.COMMAND_HEARD]

    def _handled(self, data: Mapping[str, Any]) -> list[Kind]:
        self._measure(
            Part.UNDERSTANDING,
            PipelineEventType.INTENT_START,
            PipelineEventType.INTENT_END,
        )
        self._response = data.get("intent_output", {}).get("response") or {}
        return []

    def _answered(self, _data: Mapping[str, Any]) -> list[Kind]:
        self._measure(
            Part.ANSWERING, PipelineEventType.TTS_START, PipelineEventType.TTS_END
        )
        return []

    def _failed(self, data: Mapping[str, Any]) -> list[Kind]:
        self._error = str(data.get("code"))
        return []

    def _over(self, _data: Mapping[str, Any]) -> list[Kind]:
        if self._is_over:
            return []
        self._is_over = True
        kind = self._outcome()
        return [] if kind is None else [kind]

    # Evaluation.

    def _outcome(self) -> Kind | None:
        """Return how the exchange ended, if there was one."""
        if self._error == _NOTHING_HEARD:
            return self._kind_of_silence()
        if self._is_question:
            return None
        if self._response is not None:
            if self._is_understood() is False:
                return Kind.NOT_UNDERSTOOD
            return Kind.COMMAND_FAILED if self._response_error() else Kind.COMMAND_DONE
        is_begun = PipelineEventType.STT_START in self._marks
        if is_begun and self._error and self._error not in _NO_FAILURES:
            return Kind.COMMAND_FAILED
        return None

    def _kind_of_silence(self) -> Kind:
        """Return whether someone spoke without words, or nobody spoke at all."""
        is_silent = self._notes.is_silent
        if is_silent is None:
            has_voice = PipelineEventType.STT_VAD_START in self._marks
            is_silent = self._is_voice_awaited and not has_voice
        is_woken = self._wake_word is not None and not self._is_question
        return Kind.FALSE_WAKE if is_woken and is_silent else Kind.NOTHING_HEARD

    def _is_understood(self) -> bool | None:
        """Return whether the command was understood, None if that is not known."""
        if self._response is None:
            return None
        return self._response_error() not in _NOT_UNDERSTOOD

    def _response_error(self) -> str | None:
        """Return the error of the conversation agent, if there is one."""
        response = self._response or {}
        if response.get("response_type") != "error":
            return None
        return str((response.get("data") or {}).get("code", "unknown"))

    def _answer(self) -> str | None:
        """Return the answer."""
        speech = (self._response or {}).get("speech") or {}
        return (speech.get("plain") or {}).get("speech") or None

    def _measure(
        self, part: Part, begin: PipelineEventType, end: PipelineEventType
    ) -> None:
        """Measure how long a part took, if its start is known."""
        if begin in self._marks and end in self._marks:
            took = self._marks[end] - self._marks[begin]
            self._seconds[part] = max(0.0, took.total_seconds())


class RunObserver:
    """Records the exchanges of one run; it has several if the assistant changes."""

    def __init__(self, notes: RunNotes | None = None) -> None:
        """Start before the run does."""
        self.notes = notes or RunNotes()
        self._recorder: ExchangeRecorder | None = None

    def observe(
        self, event: PipelineEvent, *, is_question: bool, is_secret: bool = False
    ) -> list[tuple[Kind, Exchange]]:
        """Handle a pipeline event; return events with the exchange as far as known."""
        if event.type is PipelineEventType.STT_END:
            self.notes.is_secret = is_secret
        if event.type is PipelineEventType.RUN_START:
            self.notes.heard, self.notes.turn = "", None
            self._recorder = ExchangeRecorder(self.notes, is_question=is_question)
        if (recorder := self._recorder) is None:
            return []
        if event.type is PipelineEventType.RUN_END:
            self._recorder = None
        return [(kind, recorder.record()) for kind in recorder.feed(event)]

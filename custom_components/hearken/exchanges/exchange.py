"""The record of an exchange with a satellite, independent of Home Assistant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """The kind of an event."""

    WAKE_WORD_HEARD = "wake_word_heard"
    COMMAND_HEARD = "command_heard"
    """The text of a command is known."""
    COMMAND_DONE = "command_done"
    COMMAND_FAILED = "command_failed"
    """A command could not be heard to its end, or could not be carried out."""
    NOT_UNDERSTOOD = "not_understood"
    """The text is known, but it is not a command that Home Assistant knows."""
    NOTHING_HEARD = "nothing_heard"
    """The satellite listened, but no words were recognized."""
    FALSE_WAKE = "false_wake"
    """A wake word was detected, but no one spoke afterward."""
    HEARD_ELSEWHERE = "heard_elsewhere"
    """A wake word was heard, but another satellite answers to it."""
    QUESTION_ANSWERED = "question_answered"
    TIMER_FINISHED = "timer_finished"
    ALARM_RINGING = "alarm_ringing"
    REMINDER_DUE = "reminder_due"
    SERVER_LOST = "server_lost"
    SERVER_BACK = "server_back"


SERVER_KINDS: Final = (Kind.SERVER_LOST, Kind.SERVER_BACK)
SATELLITE_KINDS: Final = tuple(kind for kind in Kind if kind not in SERVER_KINDS)


class TurnKind(StrEnum):
    """How what was said relates to what was said before."""

    ORDER = "order"
    FOLLOW_UP = "follow_up"
    """It leans on the last order: "and the bedroom", "warmer"."""
    CORRECTION = "correction"
    """Something else was meant than what was done."""
    UNDO = "undo"
    ANSWER = "answer"
    """It answers a question of the conversation agent."""
    OTHER = "other"
    """A question about a state, thanks, and the like."""


HIDDEN_TEXT: Final = "••••"
"""In place of a text that nobody may read, such as a PIN."""

MISTAKE_SECONDS: Final = 10.0
"""What is corrected this soon after it was done was a mistake."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnRecord:
    """How one sentence relates to the conversation."""

    kind: TurnKind
    corrected: str | None = None
    """Text of the order that a correction or an undo takes back."""
    corrected_after_seconds: float | None = None
    """From that order to its correction."""
    heard: str = ""
    """What the recognizer heard when that order was said."""
    meant: tuple[str, ...] = ()
    """Entities that a correction is for: these were meant in the first place."""
    is_cancelled: bool = False
    """Whether it only says that nothing should be done: "never mind"."""

    @property
    def is_mistake(self) -> bool:
        """Return whether it shows that the order before was a mistake."""
        seconds = self.corrected_after_seconds
        return seconds is not None and seconds <= MISTAKE_SECONDS

    def known(self) -> dict[str, Any]:
        """Return the known fields as plain data."""
        plain: dict[str, Any] = {"turn": self.kind.value}
        if self.corrected:
            plain["corrected"] = self.corrected
        if self.corrected_after_seconds is not None:
            plain["corrected_after_seconds"] = round(self.corrected_after_seconds, 3)
        return plain


class Part(StrEnum):
    """A stage of an exchange whose duration is measured."""

    LISTENING = "listening"
    """From opening the microphone to the end of speech."""
    TRANSCRIBING = "transcribing"
    """From the end of speech to the text."""
    UNDERSTANDING = "understanding"
    """From the text to the result of the command."""
    ANSWERING = "answering"
    """From the result to the audio of the response."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The satellite or server that an event is about."""

    id: str
    """ID that the satellite or server reports; it never changes."""
    name: str
    device_id: str | None = None
    entity_id: str | None = None
    area_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """The record of one exchange with a satellite."""

    wake_word: str | None = None
    wake_word_id: str | None = None
    score: float | None = None
    """Detection score of the wake word, 0 to 1."""
    text: str | None = None
    understood: bool | None = None
    error: str | None = None
    answer: str | None = None
    """The spoken response."""
    choice: str | None = None
    """ID of the choice that answers a question."""
    slots: Mapping[str, Any] | None = None
    timer: str | None = None
    """Name of the timer or alarm, or text of the reminder."""
    turn: TurnRecord | None = None
    """How it relates to the conversation, if Hearken's own agent answered."""
    seconds: Mapping[Part, float] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """Return the known fields as plain data."""
        plain: dict[str, Any] = {
            "wake_word": self.wake_word,
            "wake_word_id": self.wake_word_id,
            "score": self.score,
            "text": self.text,
            "understood": self.understood,
            "error": self.error,
            "answer": self.answer,
            "choice": self.choice,
            "slots": None if self.slots is None else dict(self.slots),
            "timer": self.timer,
            **(self.turn.known() if self.turn else {}),
        }
        for part, seconds in self.seconds.items():
            plain[f"{part}_seconds"] = round(seconds, 3)
        return {key: value for key, value in plain.items() if value is not None}

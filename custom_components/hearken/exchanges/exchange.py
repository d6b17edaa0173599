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
        }
        for part, seconds in self.seconds.items():
            plain[f"{part}_seconds"] = round(seconds, 3)
        return {key: value for key, value in plain.items() if value is not None}

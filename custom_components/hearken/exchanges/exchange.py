"""What is known about an exchange with a satellite. Knows no Home Assistant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """What happened."""

    WAKE_WORD_HEARD = "wake_word_heard"
    COMMAND_HEARD = "command_heard"
    """The words of a command are known."""
    COMMAND_DONE = "command_done"
    COMMAND_FAILED = "command_failed"
    """The command could not be heard to its end, or not be carried out."""
    NOT_UNDERSTOOD = "not_understood"
    """The words are known, but nobody knows what they mean."""
    NOTHING_HEARD = "nothing_heard"
    """The microphone was open, and there were no words."""
    FALSE_WAKE = "false_wake"
    """A wake word was heard, and nobody spoke after it."""
    QUESTION_ANSWERED = "question_answered"
    TIMER_FINISHED = "timer_finished"
    SERVER_LOST = "server_lost"
    SERVER_BACK = "server_back"


SERVER_KINDS: Final = (Kind.SERVER_LOST, Kind.SERVER_BACK)
SATELLITE_KINDS: Final = tuple(kind for kind in Kind if kind not in SERVER_KINDS)


class Part(StrEnum):
    """A part of an exchange that takes time."""

    LISTENING = "listening"
    """From the open microphone to the end of speech."""
    TRANSCRIBING = "transcribing"
    """From the end of speech to the text."""
    UNDERSTANDING = "understanding"
    """From the text to what was done."""
    ANSWERING = "answering"
    """From what was done to the sound of the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The satellite or the server of which something is told."""

    id: str
    """What the satellite or server says it is; it never changes."""
    name: str
    device_id: str | None = None
    entity_id: str | None = None
    area_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What is known about one exchange with a satellite."""

    wake_word: str | None = None
    wake_word_id: str | None = None
    score: float | None = None
    """How sure the wake word engine was, 0 to 1."""
    text: str | None = None
    understood: bool | None = None
    error: str | None = None
    answer: str | None = None
    """What was said in return."""
    choice: str | None = None
    """Which of the choices of a question was taken."""
    slots: Mapping[str, Any] | None = None
    timer: str | None = None
    """Name of the timer that this is about."""
    seconds: Mapping[Part, float] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """Return what is known, ready to be written down."""
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

"""What a satellite does next: plain states, no sound and no sockets.

Events go in, actions come out. The link tells what arrives and carries out what
is to be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from hearken_speech.protocol import Turn


@dataclass(frozen=True, slots=True)
class Stream:
    """Ask for a pipeline from this stage on, and stream the microphone."""

    start: PipelineStage


@dataclass(frozen=True, slots=True)
class Await:
    """Open the microphone, but let no sound out before a wake word is heard."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Let no more sound out; the microphone stays open."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Close the microphone."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play this; say ``played`` after it if Home Assistant waits for that."""

    samples: Samples
    tell: bool


@dataclass(frozen=True, slots=True)
class PlayError:
    """Let the owner hear that it did not work."""

    code: str


Action = Stream | Await | Hold | Mute | Play | PlayError


class SatelliteTurn:
    """Decides when the microphone is open and what is played."""

    def __init__(
        self, *, hears_wake_words: bool = False, is_muted: bool = False
    ) -> None:
        """Begin with a closed microphone."""
        self._hears_wake_words = hears_wake_words
        self._is_muted = is_muted
        self._is_wanted = False
        self.phase = TurnPhase.IDLE
        self._stage: PipelineStage | None = None
        self._listen_again = False
        self._playing = 0

    @property
    def streaming(self) -> bool:
        """Tell whether the microphone is open."""
        return self._stage is not None

    def run(self) -> list[Action]:
        """Home Assistant is ready for the microphone."""
        self._is_wanted = True
        return [] if self._is_muted else self._await_wake_word()

    def mute(self) -> list[Action]:
        """Hear nothing, whatever Home Assistant wants."""
        if self._is_muted:
            return []
        self._is_muted = True
        self._stage = None
        self._listen_again = False
        return [Mute()]

    def unmute(self) -> list[Action]:
        """Hear again, if Home Assistant wants to."""
        if not self._is_muted:
            return []
        self._is_muted = False
        return self._await_wake_word() if self._is_wanted else []

    def heard(self) -> list[Action]:
        """Take a wake word that the satellite heard itself."""
        if self._stage is not PipelineStage.WAKE or self._is_busy:
            return []
        return self._stream(PipelineStage.ASR)

    def forgotten(self) -> list[Action]:
        """Go back to waiting: nobody says what became of the command."""
        if self._stage is not PipelineStage.ASR:
            return []
        self.phase = TurnPhase.IDLE
        return self._await_wake_word()

    def pause(self) -> list[Action]:
        """Home Assistant wants no more sound."""
        self._is_wanted = False
        self._stage = None
        self._listen_again = False
        return [Mute()]

    def turned(self, turn: Turn) -> list[Action]:
        """Home Assistant says where the exchange stands."""
        self.phase = turn.phase
        if turn.listen_again and not self._is_muted:
            self._listen_again = True
        if turn.phase is not TurnPhase.IDLE:
            understood = turn.phase is not TurnPhase.LISTENING
            return [Hold()] if self._hears_wake_words and understood else []
        actions: list[Action] = []
        if turn.error is not None and not self._listen_again:
            actions.append(PlayError(turn.error))
        return actions + self._settle()

    def answer(self, samples: Samples) -> list[Action]:
        """Sound has arrived to be played."""
        self._playing += 1
        return [Play(samples, tell=True)]

    def played(self) -> list[Action]:
        """Go on after an answer that has been heard."""
        if self._playing == 0:
            return []
        self._playing -= 1
        return self._settle()

    def silenced(self) -> list[Action]:
        """Go on after everything that was to be played was broken off."""
        self._playing = 0
        return self._settle()

    def _settle(self) -> list[Action]:
        """Open the microphone as it should be, once all is said."""
        if self._stage is None or self._is_busy:
            return []
        if self._listen_again:
            self._listen_again = False
            return self._stream(PipelineStage.ASR)
        if self._stage is PipelineStage.ASR:
            return self._await_wake_word()
        return []

    @property
    def _is_busy(self) -> bool:
        """Tell whether an exchange is going on."""
        return self._playing > 0 or self.phase is not TurnPhase.IDLE

    def _await_wake_word(self) -> list[Action]:
        if not self._hears_wake_words:
            return self._stream(PipelineStage.WAKE)
        self._stage = PipelineStage.WAKE
        return [Await()]

    def _stream(self, start: PipelineStage) -> list[Action]:
        self._stage = start
        return [Stream(start)]

"""State machine of a satellite, free of sound and sockets.

Events go in, actions come out; the link reports the events and carries out the
actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wyoming.pipeline import PipelineStage

from hearken_speech.protocol import TurnPhase

if TYPE_CHECKING:
    from hearken_speech.protocol import Turn
    from hearken_speech.satellite.sound import Sound


@dataclass(frozen=True, slots=True)
class Stream:
    """Request a pipeline run from this stage on, and stream the microphone."""

    start: PipelineStage


@dataclass(frozen=True, slots=True)
class Await:
    """Open the microphone, but send nothing before a wake word is detected."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Send no more sound; the microphone stays open."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Close the microphone."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play a sound as it arrives, and send ``played`` after it."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class PlayError:
    """Play the error tone."""

    code: str


@dataclass(frozen=True, slots=True)
class PlayWakeSound:
    """Play the sound that says that the satellite listens, if it is on."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Stop what is playing, and ignore what Home Assistant sent before it knew."""


@dataclass(frozen=True, slots=True)
class RequestStop:
    """Ask Home Assistant to end the exchange."""


Action = (
    Stream
    | Await
    | Hold
    | Mute
    | Play
    | PlayError
    | PlayWakeSound
    | Silence
    | RequestStop
)


_ATTENDED: Final = frozenset({TurnPhase.LISTENING, TurnPhase.PROCESSING})
"""Phases in which a wake word is part of the command, or too late to change it."""


class SatelliteTurn:
    """Decides when the microphone is open and what is played."""

    def __init__(
        self, *, hears_wake_words: bool = False, is_muted: bool = False
    ) -> None:
        """Start with a closed microphone."""
        self._hears_wake_words = hears_wake_words
        self._is_muted = is_muted
        self._is_wanted = False
        self.phase = TurnPhase.IDLE
        self._stage: PipelineStage | None = None
        self._listen_again = False
        self._playing = 0
        self._is_awake = False

    @property
    def streaming(self) -> bool:
        """Tell whether the microphone is open."""
        return self._stage is not None

    def run(self) -> list[Action]:
        """Handle that Home Assistant wants the microphone."""
        self._is_wanted = True
        return [] if self._is_muted else self._await_wake_word()

    def mute(self) -> list[Action]:
        """Close the microphone, whatever Home Assistant wants."""
        if self._is_muted:
            return []
        self._is_muted = True
        self._stage = None
        self._listen_again = False
        return [Mute()]

    def unmute(self) -> list[Action]:
        """Open the microphone again if Home Assistant wants it."""
        if not self._is_muted:
            return []
        self._is_muted = False
        return self._await_wake_word() if self._is_wanted else []

    def heard(self) -> list[Action]:
        """Handle a wake word that the satellite detected itself.

        During an answer or an announcement, it stops the speaker and listens.
        """
        if self._stage is None or self.phase in _ATTENDED:
            return []
        if self._is_busy:
            self._playing = 0
            self._listen_again = False
            self.phase = TurnPhase.IDLE
            return [Silence(), *self._awake()]
        if self._stage is not PipelineStage.WAKE:
            return []
        return self._awake()

    def stopped(self) -> list[Action]:
        """Handle a stop word or a button: end what is playing or in progress."""
        if not self._is_busy:
            return []
        self._playing = 0
        self._listen_again = False
        return [Silence(), RequestStop()]

    def noticed(self) -> list[Action]:
        """Handle a wake word that Home Assistant detected."""
        self._is_awake = self._stage is PipelineStage.WAKE
        return []

    def forgotten(self) -> list[Action]:
        """Wait for the wake word again after a command without an answer."""
        if self._stage is not PipelineStage.ASR:
            return []
        self.phase = TurnPhase.IDLE
        return self._await_wake_word()

    def pause(self) -> list[Action]:
        """Handle that Home Assistant wants no more sound."""
        self._is_wanted = False
        self._stage = None
        self._listen_again = False
        return [Mute()]

    def turned(self, turn: Turn) -> list[Action]:
        """Handle a change of the turn's phase in Home Assistant."""
        self.phase = turn.phase
        if turn.listen_again and not self._is_muted:
            self._listen_again = True
        if turn.phase is TurnPhase.LISTENING:
            is_awake, self._is_awake = self._is_awake, False
            return [PlayWakeSound()] if is_awake else []
        self._is_awake = False
        if turn.phase is not TurnPhase.IDLE:
            return [Hold()] if self._hears_wake_words else []
        actions: list[Action] = []
        is_failed = turn.error is not None and not turn.heard_elsewhere
        if is_failed and not self._listen_again:
            actions.append(PlayError(turn.error or ""))
        return actions + self._settle()

    def answer(self, sound: Sound) -> list[Action]:
        """Play a sound that has begun to arrive."""
        self._playing += 1
        return [Play(sound)]

    def played(self) -> list[Action]:
        """Go on after a sound has been heard."""
        if self._playing == 0:
            return []
        self._playing -= 1
        return self._settle()

    def silenced(self) -> list[Action]:
        """Go on after everything that was to be played has been stopped."""
        self._playing = 0
        return self._settle()

    def _settle(self) -> list[Action]:
        """Choose what the microphone does once everything has been said."""
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
        """Tell whether a turn is in progress."""
        return self._playing > 0 or self.phase is not TurnPhase.IDLE

    def _awake(self) -> list[Action]:
        self._is_awake = True
        return self._stream(PipelineStage.ASR)

    def _await_wake_word(self) -> list[Action]:
        if not self._hears_wake_words:
            return self._stream(PipelineStage.WAKE)
        self._stage = PipelineStage.WAKE
        return [Await()]

    def _stream(self, start: PipelineStage) -> list[Action]:
        self._stage = start
        return [Stream(start)]

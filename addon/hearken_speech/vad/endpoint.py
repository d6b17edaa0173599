"""The rule that decides when an utterance is over.

Speech probabilities go in, 32 ms each, and what has to be done comes out. There is
no clock here but the samples themselves, and no sound: a test can write a whole
evening as a list of numbers.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hearken_speech.protocol import EndReason, UtteranceState
from hearken_speech.vad.silero import FRAME_SAMPLES

SAMPLE_RATE_HZ: Final = 16_000
_LOOK_SAMPLES: Final = 8 * FRAME_SAMPLES
"""Sound after which it is time to look even if nothing can be decided."""


@dataclass(frozen=True, kw_only=True)
class EndpointSettings:
    """How long to wait for what."""

    no_speech_seconds: float = 5.0
    """Silence from the beginning until nothing was heard."""
    silence_seconds: float = 0.7
    """Silence after speech until the utterance is over."""
    complete_silence_seconds: float = 0.35
    """The same, when the text is known to be a complete command."""
    dangling_silence_seconds: float = 1.2
    """The same, when something has to follow."""
    longest_seconds: float = 15.0
    """Most time an utterance may take, from the beginning of the recording."""
    pause_seconds: float = 0.25
    """Silence after which it is worth looking at the text so far."""
    speech_threshold: float = 0.5
    """Probability from which a frame is speech."""
    silence_threshold: float = 0.35
    """Probability below which a frame after speech is silence."""
    onset_frames: int = 3
    """Frames of speech, out of two more, that begin an utterance."""
    resume_frames: int = 2
    """Frames of speech, one after the other, that end a pause."""

    def silence_for(self, state: UtteranceState) -> float:
        """Return the silence that ends an utterance in this state."""
        return {
            UtteranceState.UNKNOWN: self.silence_seconds,
            UtteranceState.COMPLETE: self.complete_silence_seconds,
            UtteranceState.DANGLING: self.dangling_silence_seconds,
        }[state]


LISTEN_FOR_EVER: Final = EndpointSettings(
    no_speech_seconds=math.inf,
    silence_seconds=math.inf,
    complete_silence_seconds=math.inf,
    dangling_silence_seconds=math.inf,
    longest_seconds=math.inf,
)
"""For clients that say themselves when the utterance is over."""


class Sensitivity(StrEnum):
    """Wyoming's ``vad_sensitivity``: how soon the end of a command is detected."""

    DEFAULT = "default"
    RELAXED = "relaxed"
    AGGRESSIVE = "aggressive"


_WAITING_FACTORS: Final = {
    Sensitivity.DEFAULT: 1.0,
    Sensitivity.RELAXED: 1.75,
    Sensitivity.AGGRESSIVE: 0.6,
}
_SHORTEST_SILENCE_SECONDS: Final = 0.25


def settings_for(
    sensitivity: str | None, settings: EndpointSettings | None = None
) -> EndpointSettings:
    """Return settings shifted by a sensitivity; an unknown one shifts nothing.

    Nobody who wants a quick end wants to be cut off in the middle: the longest time
    is made longer and never shorter.
    """
    settings = settings or EndpointSettings()
    try:
        factor = _WAITING_FACTORS[Sensitivity(sensitivity or Sensitivity.DEFAULT)]
    except ValueError:
        factor = 1.0

    def shifted(seconds: float) -> float:
        return max(_SHORTEST_SILENCE_SECONDS, seconds * factor)

    return replace(
        settings,
        no_speech_seconds=shifted(settings.no_speech_seconds),
        longest_seconds=settings.longest_seconds * max(1.0, factor),
        silence_seconds=shifted(settings.silence_seconds),
        complete_silence_seconds=shifted(settings.complete_silence_seconds),
        dangling_silence_seconds=shifted(settings.dangling_silence_seconds),
        pause_seconds=min(settings.pause_seconds, shifted(settings.pause_seconds)),
    )


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak."""

    sample: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The speaker paused: the text so far may be all there is."""

    sample: int
    """Where the speech ended."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """It was only a pause."""

    sample: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over."""

    reason: EndReason
    at_sample: int
    start_sample: int | None
    end_sample: int | None


type EndpointEvent = SpeechStarted | PauseBegan | SpeechResumed | Ended


class Endpointer:
    """Follows one utterance from its first sample to its end."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        """Start before the first sample."""
        self.settings = settings or EndpointSettings()
        self.samples = 0
        self.speech_frames = 0
        self._voiced_frames = 0
        self._voiced_sum = 0.0
        self.start_sample: int | None = None
        self.end_sample: int | None = None
        self.ended: Ended | None = None
        self._state = UtteranceState.UNKNOWN
        self._paused = False
        self._returning = 0
        self._recent: deque[bool] = deque(maxlen=self.settings.onset_frames + 2)

    @property
    def speech_seconds(self) -> float:
        """Return how long somebody spoke, pauses left out."""
        return self.speech_frames * FRAME_SAMPLES / SAMPLE_RATE_HZ

    @property
    def voice_probability(self) -> float | None:
        """Return how sure it is, on the average, that what sounds is a voice."""
        if not self._voiced_frames:
            return None
        return self._voiced_sum / self._voiced_frames

    @property
    def paused(self) -> bool:
        """Tell whether the speaker pauses just now."""
        return self._paused

    @property
    def next_look_sample(self) -> int:
        """Return up to where nothing can be decided: no need to look before."""
        seconds = self.settings.longest_seconds
        if self.start_sample is None:
            seconds = min(seconds, self.settings.no_speech_seconds)
        look = self.samples + _LOOK_SAMPLES
        if self.end_sample is not None:
            silence = self.settings.pause_seconds
            if self._paused:
                silence = self.settings.silence_for(self._state)
            deciding = self.end_sample / SAMPLE_RATE_HZ + silence
            # In speech that decides alone; in a pause it may go on before.
            seconds = min(seconds, deciding)
            if not self._paused:
                look = math.ceil(deciding * SAMPLE_RATE_HZ)
        if seconds < math.inf:
            look = min(look, math.ceil(seconds * SAMPLE_RATE_HZ))
        frames = math.ceil(look / FRAME_SAMPLES)
        return max(frames * FRAME_SAMPLES, self.samples + FRAME_SAMPLES)

    def feed(self, probability: float) -> list[EndpointEvent]:
        """Take the probability of one more frame and return what it means."""
        if self.ended:
            return []
        self.samples += FRAME_SAMPLES
        if probability >= self.settings.speech_threshold:
            self._voiced_frames += 1
            self._voiced_sum += probability
        if self.start_sample is None:
            events = self._before_speech(probability)
        else:
            events = self._in_speech(probability)
        return events + self._limits()

    def hint(self, state: UtteranceState) -> list[EndpointEvent]:
        """Take what the client knows about the text up to the present pause."""
        if self.ended or not self._paused:
            return []
        self._state = state
        return self._limits()

    def finish(self) -> list[EndpointEvent]:
        """Take the client's word that the utterance is over."""
        return [] if self.ended else [self._end(EndReason.CLIENT)]

    def _before_speech(self, probability: float) -> list[EndpointEvent]:
        """Wait for speech to begin."""
        speech = probability >= self.settings.speech_threshold
        self._recent.append(speech)
        self.speech_frames += speech
        if sum(self._recent) < self.settings.onset_frames:
            return []
        frames_back = len(self._recent) - list(self._recent).index(True)
        self.start_sample = self.samples - frames_back * FRAME_SAMPLES
        self.end_sample = self.samples
        return [SpeechStarted(self.start_sample)]

    def _in_speech(self, probability: float) -> list[EndpointEvent]:
        """Tell speech from pauses."""
        if self._paused:
            return self._in_pause(probability)
        if probability >= self.settings.silence_threshold:
            self.speech_frames += 1
            self.end_sample = self.samples
            return []
        if self._silence_seconds() < self.settings.pause_seconds:
            return []
        self._paused = True
        self._returning = 0
        return [PauseBegan(self.end_sample or 0)]

    def _in_pause(self, probability: float) -> list[EndpointEvent]:
        """Wait for the speaker to go on; a single click does not count."""
        if probability < self.settings.speech_threshold:
            self._returning = 0
            return []
        self._returning += 1
        if self._returning < self.settings.resume_frames:
            return []
        self._paused = False
        self._state = UtteranceState.UNKNOWN
        self.speech_frames += self._returning
        self.end_sample = self.samples
        return [SpeechResumed(self.samples - self._returning * FRAME_SAMPLES)]

    def _silence_seconds(self) -> float:
        """Return how long nobody has spoken since the last speech."""
        return (self.samples - (self.end_sample or 0)) / SAMPLE_RATE_HZ

    def _limits(self) -> list[EndpointEvent]:
        """End the utterance when it is time to."""
        seconds = self.samples / SAMPLE_RATE_HZ
        if self.start_sample is None:
            if seconds >= self.settings.no_speech_seconds:
                return [self._end(EndReason.NOTHING_HEARD)]
        elif (
            self._paused
            and not self._returning
            and self._silence_seconds() >= self.settings.silence_for(self._state)
        ):
            complete = self._state is UtteranceState.COMPLETE
            return [self._end(EndReason.COMPLETE if complete else EndReason.SILENCE)]
        if seconds >= self.settings.longest_seconds:
            return [self._end(EndReason.TOO_LONG)]
        return []

    def _end(self, reason: EndReason) -> Ended:
        """Note the end and return it."""
        self.ended = Ended(reason, self.samples, self.start_sample, self.end_sample)
        return self.ended

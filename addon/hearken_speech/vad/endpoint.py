"""Endpointing: decide when an utterance is over.

The input is a speech probability per frame of 32 ms, the output are events. Samples
are the only clock, so that a test can describe a recording as a list of numbers.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hearken_speech.protocol import SAMPLE_RATE_HZ, EndReason, UtteranceState
from hearken_speech.vad.silero import FRAME_SAMPLES


@dataclass(frozen=True, kw_only=True)
class EndpointSettings:
    """Durations and thresholds of endpointing."""

    no_speech_seconds: float = 5.0
    """Silence from the start after which nothing was heard."""
    silence_seconds: float = 0.7
    """Silence after speech that ends the utterance."""
    complete_silence_seconds: float = 0.35
    """The same, if the text is known to be a complete command."""
    dangling_silence_seconds: float = 1.2
    """The same, if something has to follow."""
    longest_seconds: float = 15.0
    """Maximum length of an utterance, from the start of the recording."""
    pause_seconds: float = 0.15
    """Silence after which it is worth decoding what was said so far."""
    settled_seconds: float = 0.25
    """Silence after which a click no longer counts as speech."""
    speech_threshold: float = 0.5
    """Probability at which a frame is speech."""
    silence_threshold: float = 0.35
    """Probability below which a frame after speech is silence."""
    onset_frames: int = 5
    """Frames whose mean probability starts an utterance."""
    onset_probability: float = 0.2
    """This mean: a short word is hardly ever clear in three frames."""
    resume_frames: int = 2
    """Consecutive frames of speech that end a settled pause."""

    @property
    def pause_samples(self) -> int:
        """Return the length of a pause in whole frames."""
        frames = math.ceil(self.pause_seconds * SAMPLE_RATE_HZ / FRAME_SAMPLES)
        return frames * FRAME_SAMPLES

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
"""For clients that end the utterance themselves."""


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
    """Return settings scaled by a sensitivity; an unknown one changes nothing.

    The maximum length is never shortened, so that a fast end does not cut off speech.
    """
    settings = settings or EndpointSettings()
    try:
        factor = _WAITING_FACTORS[Sensitivity(sensitivity or Sensitivity.DEFAULT)]
    except ValueError:
        factor = 1.0

    def scaled(seconds: float) -> float:
        return max(_SHORTEST_SILENCE_SECONDS, seconds * factor)

    return replace(
        settings,
        no_speech_seconds=scaled(settings.no_speech_seconds),
        longest_seconds=settings.longest_seconds * max(1.0, factor),
        silence_seconds=scaled(settings.silence_seconds),
        complete_silence_seconds=scaled(settings.complete_silence_seconds),
        dangling_silence_seconds=scaled(settings.dangling_silence_seconds),
        pause_seconds=min(settings.pause_seconds, scaled(settings.pause_seconds)),
    )


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech started."""

    sample: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The speaker paused; the command may be complete."""

    sample: int
    """Where the speech ended."""


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The speaker went on after a pause."""

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
    """Finds the end of one utterance."""

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
        self._recent: deque[float] = deque(maxlen=self.settings.onset_frames)

    @property
    def speech_seconds(self) -> float:
        """Return the duration of speech, without pauses."""
        return self.speech_frames * FRAME_SAMPLES / SAMPLE_RATE_HZ

    @property
    def voice_probability(self) -> float | None:
        """Return the mean probability of the frames that are speech."""
        if not self._voiced_frames:
            return None
        return self._voiced_sum / self._voiced_frames

    @property
    def paused(self) -> bool:
        """Return whether the speaker is pausing."""
        return self._paused

    @property
    def next_check_sample(self) -> int:
        """Return the sample before which nothing can be decided."""
        seconds = self.settings.longest_seconds
        if self.start_sample is None:
            seconds = min(seconds, self.settings.no_speech_seconds)
        # A single frame may be speech, and a pause may follow it.
        check = self.samples + FRAME_SAMPLES + self.settings.pause_samples
        if self.end_sample is not None:
            silence = self.settings.pause_seconds
            if self._paused:
                silence = self.settings.silence_for(self._state)
            deciding = self.end_sample / SAMPLE_RATE_HZ + silence
            # In speech only this counts; in a pause the speaker may go on earlier.
            seconds = min(seconds, deciding)
            if not self._paused:
                check = math.ceil(deciding * SAMPLE_RATE_HZ)
        if seconds < math.inf:
            check = min(check, math.ceil(seconds * SAMPLE_RATE_HZ))
        frames = math.ceil(check / FRAME_SAMPLES)
        return max(frames * FRAME_SAMPLES, self.samples + FRAME_SAMPLES)

    def process(self, probability: float) -> list[EndpointEvent]:
        """Process the probability of the next frame and return the events."""
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
        """Apply what the client knows about the text up to the current pause."""
        if self.ended or not self._paused:
            return []
        self._state = state
        return self._limits()

    def finish(self) -> list[EndpointEvent]:
        """End the utterance on behalf of the client."""
        return [] if self.ended else [self._end(EndReason.CLIENT)]

    def _before_speech(self, probability: float) -> list[EndpointEvent]:
        """Wait for speech to start."""
        settings = self.settings
        # No frame counts for more than speech: a click alone is none.
        self._recent.append(min(probability, settings.speech_threshold))
        self.speech_frames += probability >= settings.speech_threshold
        if sum(self._recent) < settings.onset_frames * settings.onset_probability:
            return []
        first = next(
            place
            for place, recent in enumerate(self._recent)
            if recent >= settings.onset_probability
        )
        frames_back = len(self._recent) - first
        self.start_sample = self.samples - frames_back * FRAME_SAMPLES
        self.end_sample = self.samples
        self.speech_frames = max(1, self.speech_frames)
        return [SpeechStarted(self.start_sample)]

    def _in_speech(self, probability: float) -> list[EndpointEvent]:
        """Distinguish speech from pauses."""
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
        """Wait for the speaker to go on; later, a click does not count."""
        silent = self._silence_seconds() - FRAME_SAMPLES / SAMPLE_RATE_HZ
        threshold, frames = self.settings.silence_threshold, 1
        if silent >= self.settings.settled_seconds:
            threshold = self.settings.speech_threshold
            frames = self.settings.resume_frames
        if probability < threshold:
            self._returning = 0
            return []
        self._returning += 1
        if self._returning < frames:
            return []
        self._paused = False
        self._state = UtteranceState.UNKNOWN
        self.speech_frames += self._returning
        self.end_sample = self.samples
        return [SpeechResumed(self.samples - self._returning * FRAME_SAMPLES)]

    def _silence_seconds(self) -> float:
        """Return the duration of silence since the last speech."""
        return (self.samples - (self.end_sample or 0)) / SAMPLE_RATE_HZ

    def _limits(self) -> list[EndpointEvent]:
        """End the utterance if it is over or too long."""
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
        """Set and return the end."""
        self.ended = Ended(reason, self.samples, self.start_sample, self.end_sample)
        return self.ended

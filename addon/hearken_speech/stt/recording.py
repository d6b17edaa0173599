"""A recording: its samples, its features, and where the speech is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt.evidence import NOT_MEASURED, Sound, level_range_db
from hearken_speech.vad.endpoint import LISTEN_FOR_EVER, Endpointer
from hearken_speech.vad.silero import FRAME_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray

    from hearken_speech.stt.transcription import Transcription

LONGEST_PIECE_SECONDS: Final = 26.0
_CUT_SEARCH_SECONDS: Final = 8.0
_CUT_FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 10
_LEAD_IN_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_LEAD_OUT_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_QUIET_SHARE: Final = 0.02


type FinishedPieces = dict[tuple[Hashable, ...], Transcription]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Audio that is ready to be decoded."""

    mel: IncrementalMel
    samples: NDArray[np.int16]
    start_sample: int | None = None
    """Where speech starts; None if voice activity was not measured."""
    end_sample: int | None = None
    speech_seconds: float | None = None
    voice_probability: float | None = None
    probabilities: tuple[float, ...] | None = None
    """Speech probability of each frame from the start."""
    cuts: tuple[int, ...] = ()
    """Samples at which to cut a recording that is too long for one window."""
    finished: FinishedPieces = field(default_factory=dict, repr=False, compare=False)
    """Transcriptions of pieces of a long recording, shared while it grows."""

    def part(self, first: int, last: int) -> Recording:
        """Return a part as a recording of its own, with its own speech."""
        samples = self.samples[first:last]
        mel = IncrementalMel(self.mel.bands)
        mel.add(samples)
        if self.probabilities is None:
            return Recording(mel=mel, samples=samples)
        endpointer = Endpointer(LISTEN_FOR_EVER)
        frames = slice(math.ceil(first / FRAME_SAMPLES), last // FRAME_SAMPLES)
        for probability in self.probabilities[frames]:
            endpointer.process(probability)
        return Recording(
            mel=mel,
            samples=samples,
            start_sample=endpointer.start_sample,
            end_sample=endpointer.end_sample,
            # Speech too short to start an utterance does not count in a part, either.
            speech_seconds=endpointer.speech_seconds
            if endpointer.start_sample is not None
            else 0.0,
            voice_probability=endpointer.voice_probability,
            probabilities=self.probabilities[frames],
        )

    @property
    def sound(self) -> Sound:
        """Return how the recording sounds, for the guard."""
        if self.speech_seconds is None:
            return NOT_MEASURED
        speech = self.samples[self.first_sample : self.last_sample]
        return Sound(
            speech_seconds=self.speech_seconds,
            span_seconds=self.span_seconds,
            voice_probability=self.voice_probability,
            level_range_db=level_range_db(speech),
        )

    @staticmethod
    def of(samples: NDArray[np.int16], bands: int) -> Recording:
        """Return a complete recording without voice activity."""
        mel = IncrementalMel(bands)
        mel.add(samples)
        return Recording(mel=mel, samples=samples)

    @property
    def seconds(self) -> float:
        """Return the length of the recording."""
        return self.samples.size / SAMPLE_RATE_HZ

    @property
    def first_sample(self) -> int:
        """Return where to start decoding: a little before the speech."""
        return max(0, (self.start_sample or 0) - _LEAD_IN_SAMPLES)

    @property
    def last_sample(self) -> int | None:
        """Return where to stop decoding: a little after the speech."""
        if self.end_sample is None or self.start_sample is None:
            return None
        return min(self.samples.size, self.end_sample + _LEAD_OUT_SAMPLES)

    @property
    def span_seconds(self) -> float | None:
        """Return the time from the first to the last speech, including pauses."""
        if self.start_sample is None or self.end_sample is None:
            return None
        return (self.end_sample - self.start_sample) / SAMPLE_RATE_HZ


def cut(recording: Recording) -> list[tuple[int, int]]:
    """Return the pieces of a long recording that fit the window, as samples.

    Where no cut is given, it is made at a quiet place. The places stay the same while
    the recording grows.
    """
    first, last = recording.first_sample, recording.last_sample
    last = recording.samples.size if last is None else last
    places = [place for place in recording.cuts if first < place < last]
    pieces: list[tuple[int, int]] = []
    for start, end in pairwise([first, *places, last]):
        pieces += _fitting(recording.samples, start, end)
    return pieces


def _fitting(
    samples: NDArray[np.int16], first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Yield pieces of a part that fit the window."""
    longest = int(LONGEST_PIECE_SECONDS * SAMPLE_RATE_HZ)
    search = int(_CUT_SEARCH_SECONDS * SAMPLE_RATE_HZ)
    while last - first > longest:
        start = first + longest - search
        region = samples[start : first + longest].astype(np.float32)
        frames = region.reshape(-1, _CUT_FRAME_SAMPLES)
        quietest = int(np.square(frames).mean(axis=1).argmin())
        place = start + quietest * _CUT_FRAME_SAMPLES + _CUT_FRAME_SAMPLES // 2
        yield first, place
        first = place
    yield first, last


def trim(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Remove most of the silence before and after speech."""
    whole = samples.size // _CUT_FRAME_SAMPLES
    if not whole:
        return samples
    frames = samples[: whole * _CUT_FRAME_SAMPLES].reshape(whole, -1)
    levels = np.abs(frames.astype(np.int32)).max(axis=1)
    loud = np.flatnonzero(levels > levels.max() * _QUIET_SHARE)
    if not loud.size:
        return samples
    first = loud[0] * _CUT_FRAME_SAMPLES - _LEAD_IN_SAMPLES
    last = (loud[-1] + 1) * _CUT_FRAME_SAMPLES + _LEAD_OUT_SAMPLES
    return samples[max(0, first) : last]

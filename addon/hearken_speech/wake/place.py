"""Locate a word in the audio, and measure how loud it was.

A score only says that the last two seconds contained the word. It starts to rise
within about 0.1 s of the word's end (docs/benchmarks.md), so the end is searched
there: the pause after the word, if there is one, or else the usual lag behind the
rise. The start is the pause before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hearken_speech.audio.level import percentile

FRAME_SAMPLES: Final = 160
SILENCE_DBFS: Final = -96.0
LONGEST_WORD_SAMPLES: Final = 20_800
"""1.3 s."""

_FULL_SCALE: Final = 32768.0
_RISE_LAG_SAMPLES: Final = 640
_END_SEARCH_FRAMES: Final = 14
_END_PAUSE_FRAMES: Final = 4
_BEGIN_PAUSE_FRAMES: Final = 12
_BELOW_PEAK_DB: Final = 26.0
_ABOVE_FLOOR_DB: Final = 6.0
_FLOOR_PERCENTILE: Final = 10


@dataclass(frozen=True, slots=True)
class WordPlace:
    """The position of a word in its stream."""

    begin_samples: int
    end_samples: int
    level_dbfs: float


def level_dbfs(samples: np.ndarray) -> float:
    """Return the loudness in dB below full scale."""
    if not len(samples):
        return SILENCE_DBFS
    power = float(np.mean((samples.astype(np.float32) / _FULL_SCALE) ** 2))
    return float(max(SILENCE_DBFS, 10.0 * np.log10(max(power, 1e-12))))


def place_word(samples: np.ndarray, begin_samples: int, rise_samples: int) -> WordPlace:
    """Locate the word that made the score rise in audio that starts at a position."""
    frames = len(samples) // FRAME_SAMPLES
    if not frames:
        return WordPlace(rise_samples, rise_samples, SILENCE_DBFS)
    loud = loud_frames(samples[: frames * FRAME_SAMPLES])
    guess = (rise_samples - _RISE_LAG_SAMPLES - begin_samples) // FRAME_SAMPLES
    end = _end_frame(loud, min(max(guess, 1), frames))
    begin = _begin_frame(loud, end)
    word = samples[begin * FRAME_SAMPLES : end * FRAME_SAMPLES]
    return WordPlace(
        begin_samples + begin * FRAME_SAMPLES,
        begin_samples + end * FRAME_SAMPLES,
        round(level_dbfs(word), 1),
    )


def loud_frames(samples: np.ndarray) -> np.ndarray:
    """Return which frames of 10 ms stand out."""
    framed = samples.reshape(-1, FRAME_SAMPLES).astype(np.float32)
    level = 10.0 * np.log10(np.mean(framed**2, axis=1) + 1.0)
    peak = level.max()
    floor = percentile(level, _FLOOR_PERCENTILE)
    bar = max(peak - _BELOW_PEAK_DB, min(floor + _ABOVE_FLOOR_DB, peak - 10.0))
    return np.asarray(level >= bar)


def _end_frame(loud: np.ndarray, guess: int) -> int:
    """Return the frame after the last one of the word."""
    first = max(1, guess - _END_SEARCH_FRAMES)
    last = min(len(loud), guess + _END_SEARCH_FRAMES)
    for frame in range(first, last + 1):
        pause = loud[frame : frame + _END_PAUSE_FRAMES]
        if loud[frame - 1] and len(pause) and not pause.any():
            return frame
    # No pause nearby: the score may have risen late, long after the word.
    before = np.flatnonzero(loud[:guess])
    return int(before[-1]) + 1 if len(before) else guess


def _begin_frame(loud: np.ndarray, end: int) -> int:
    """Return the first frame of the word that ends there."""
    earliest = max(0, end - LONGEST_WORD_SAMPLES // FRAME_SAMPLES)
    begin, pause = end, 0
    for frame in range(end - 1, earliest - 1, -1):
        if loud[frame]:
            begin, pause = frame, 0
        else:
            pause += 1
            if pause > _BEGIN_PAUSE_FRAMES and begin < end:
                break
    return min(begin, max(0, end - 1))

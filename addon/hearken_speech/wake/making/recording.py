"""Recordings of the owner: finds the word in them, and says what is wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ, ErrorCode
from hearken_speech.wake.place import FRAME_SAMPLES, level_dbfs, loud_frames

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

QUIETEST_DBFS: Final = -54.0
"""The quietest of the people that we know said their word at -47."""
LEAST_ABOVE_REST_DB: Final = 10.0
MOST_CLIPPED: Final = 0.005
"""Share of samples at full scale."""
SHORTEST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 2.2

_FULL_SCALE: Final = 32_700
_LONGEST_PAUSE_FRAMES: Final = 30
"""Within a word, or between the words of a phrase."""
_SHORTEST_FRAMES: Final = 6
"""What is shorter is a click."""
_MARGIN_FRAMES: Final = 2
_LEAST_REST_FRAMES: Final = 20
_FRAMES_A_SECOND: Final = SAMPLE_RATE_HZ // FRAME_SAMPLES


class RecordingProblem(StrEnum):
    """Why a recording cannot be used; the values are translation keys."""

    TOO_QUIET = "too_quiet"
    TOO_LOUD = "too_loud"
    NOTHING_SAID = "nothing_said"
    TOO_LONG = "too_long"
    OTHER_WORD = "other_word"


_TEXTS: Final = {
    RecordingProblem.TOO_QUIET: "it is too quiet; go nearer, or speak up",
    RecordingProblem.TOO_LOUD: "it is too loud; step back, or speak lower",
    RecordingProblem.NOTHING_SAID: "nothing is said in it",
    RecordingProblem.TOO_LONG: "more than the wake word is said in it",
    RecordingProblem.OTHER_WORD: "it sounds like something else",
}


class RecordingError(HearkenError):
    """A recording cannot be used."""

    code = ErrorCode.BAD_AUDIO

    def __init__(self, problem: RecordingProblem) -> None:
        """Set what is wrong with it."""
        super().__init__(_TEXTS[problem])
        self.problem = problem


def cut_word(samples: Samples) -> Samples:
    """Return the word in a recording; raise RecordingError if it cannot be used."""
    frames = len(samples) // FRAME_SAMPLES
    if frames < _SHORTEST_FRAMES:
        raise RecordingError(RecordingProblem.NOTHING_SAID)
    framed = samples[: frames * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    found = _loudest(framed)
    if found is None:
        raise RecordingError(RecordingProblem.NOTHING_SAID)
    begin, end = found
    word = framed[begin:end].ravel()
    if (problem := _problem(framed, begin, end)) is not None:
        raise RecordingError(problem)
    if end - begin > LONGEST_SECONDS * _FRAMES_A_SECOND:
        raise RecordingError(RecordingProblem.TOO_LONG)
    if end - begin < SHORTEST_SECONDS * _FRAMES_A_SECOND:
        raise RecordingError(RecordingProblem.NOTHING_SAID)
    if np.mean(np.abs(word.astype(np.int32)) >= _FULL_SCALE) > MOST_CLIPPED:
        raise RecordingError(RecordingProblem.TOO_LOUD)
    first, last = max(0, begin - _MARGIN_FRAMES), min(frames, end + _MARGIN_FRAMES)
    return np.asarray(framed[first:last].ravel(), np.int16)


def _problem(
    framed: np.ndarray[Any, Any], begin: int, end: int
) -> RecordingProblem | None:
    """Return whether the word is too quiet, alone or beside the rest."""
    level = level_dbfs(framed[begin:end].ravel())
    if level < QUIETEST_DBFS:
        return RecordingProblem.TOO_QUIET
    rest = np.concatenate([framed[: max(0, begin - 5)], framed[end + 5 :]])
    if len(rest) < _LEAST_REST_FRAMES:
        return None
    # The median: someone may cough after the word.
    around = float(np.median([level_dbfs(frame) for frame in rest]))
    if level - around < LEAST_ABOVE_REST_DB:
        return RecordingProblem.TOO_QUIET
    return None


def _loudest(framed: np.ndarray[Any, Any]) -> tuple[int, int] | None:
    """Return the frames of the part with the most sound in it."""
    loud = np.flatnonzero(loud_frames(framed.ravel()))
    if not len(loud):
        return None
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > _LONGEST_PAUSE_FRAMES) + 1)
    power = np.square(framed.astype(np.float64)).sum(axis=1)
    long = [part for part in parts if len(part) >= _SHORTEST_FRAMES]
    if not long:
        return None
    best = max(long, key=lambda part: float(power[part].sum()))
    return int(best[0]), int(best[-1]) + 1

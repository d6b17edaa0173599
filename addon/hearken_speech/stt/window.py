"""The window of sound that a model looks at."""

from __future__ import annotations

from typing import Final

PUBLISHED_WINDOW_SECONDS: Final = 12.0
"""Published Whisper models write many texts twice in windows of 8 s."""
_SECOND_LOOK_SECONDS: Final = 15.0
_LONGER_BY_SECONDS: Final = 3.0
LONGEST_WINDOW_SECONDS: Final = 30.0
SILENCE_AFTER_SECONDS: Final = 2.56
"""Silence after the speech; without it, models write texts that go on."""

_WORD_SECONDS: Final = 1.3
"""A shorter sound may be a single word, for which the whole window is encoded."""
_SHORTEST_HEARD_SECONDS: Final = 9.0
_SILENCE_HEARD_SECONDS: Final = 2.0


def window_seconds(audio_seconds: float, shortest_seconds: float) -> float:
    """Return the window for this much sound, with some silence after it."""
    wanted = max(shortest_seconds, audio_seconds + SILENCE_AFTER_SECONDS)
    return min(LONGEST_WINDOW_SECONDS, wanted)


def second_window_seconds(first_seconds: float) -> float:
    """Return the window for another look at a text that repeats itself."""
    wanted = max(_SECOND_LOOK_SECONDS, first_seconds + _LONGER_BY_SECONDS)
    return min(LONGEST_WINDOW_SECONDS, wanted)


def heard_seconds(audio_seconds: float, window_seconds: float) -> float:
    """Return how much of a window has to be encoded; the rest is silence."""
    if audio_seconds < _WORD_SECONDS or window_seconds > PUBLISHED_WINDOW_SECONDS:
        return window_seconds
    wanted = max(_SHORTEST_HEARD_SECONDS, audio_seconds + _SILENCE_HEARD_SECONDS)
    return min(wanted, window_seconds)

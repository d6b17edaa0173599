"""The window of sound that a model looks at."""

from __future__ import annotations

from typing import Final

_USUAL_WINDOW_SECONDS: Final = 12.0
"""Published Whisper models write many texts twice in windows of 8 s."""
_MEASURED_WINDOWS_SECONDS: Final = {512: 10.0}
"""Windows of published models by their width; 512 is Whisper base."""
_SECOND_LOOK_SECONDS: Final = 15.0
_LONGER_BY_SECONDS: Final = 3.0
LONGEST_WINDOW_SECONDS: Final = 30.0
SILENCE_AFTER_SECONDS: Final = 2.56
"""Silence after the speech; without it, models write texts that go on."""


def shortest_window_seconds(width: int) -> float:
    """Return the shortest window that a published model of this width reads well."""
    return _MEASURED_WINDOWS_SECONDS.get(width, _USUAL_WINDOW_SECONDS)


def window_seconds(audio_seconds: float, shortest_seconds: float) -> float:
    """Return the window for this much sound, with some silence after it."""
    wanted = max(shortest_seconds, audio_seconds + SILENCE_AFTER_SECONDS)
    return min(LONGEST_WINDOW_SECONDS, wanted)


def second_window_seconds(first_seconds: float) -> float:
    """Return the window for another look at a text that repeats itself."""
    wanted = max(_SECOND_LOOK_SECONDS, first_seconds + _LONGER_BY_SECONDS)
    return min(LONGEST_WINDOW_SECONDS, wanted)

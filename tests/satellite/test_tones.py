"""Test the satellite's own sounds."""

import numpy as np

from hearken_speech.satellite.tones import error_tone


def test_the_error_tone_falls_and_does_not_click() -> None:
    """The tone has two notes, the second one lower, each fading in and out."""
    tone = error_tone()
    first, second = np.split(tone.astype(np.float64), 2)
    pitches = [
        int(np.argmax(np.abs(np.fft.rfft(note)))) * 16_000 / len(note)
        for note in (first, second)
    ]
    assert pitches[0] > pitches[1] > 100
    for note in (first, second):
        assert 3_000 < np.max(np.abs(note)) < 20_000
        assert np.max(np.abs(np.diff(note[:4]))) < 600
        assert abs(note[0]) < 100

"""Test that the wake sound leaves the command alone."""

import numpy as np

from hearken_speech.audio.format import Samples
from hearken_speech.satellite.notch import NotchFilter
from hearken_speech.satellite.tones import WAKE_NOTES_HZ, wake_sound
from tests.speech.wake.sounds import spoken

FRAME = 1280


def _filtered(samples: Samples) -> Samples:
    """Return samples that went through the filter frame by frame."""
    notch = NotchFilter(WAKE_NOTES_HZ)
    frames = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    return np.concatenate([notch.process(frame) for frame in frames])


def _level_db(samples: Samples) -> float:
    """Return the level of samples."""
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-9))


def test_the_wake_sound_is_removed() -> None:
    """What the microphone hears of it is far below speech."""
    sound = wake_sound()
    assert _level_db(_filtered(sound)) < _level_db(sound) - 20


def test_speech_stays() -> None:
    """A command loses next to nothing of its energy."""
    command = spoken("turn on the kitchen light")
    assert _level_db(_filtered(command)) > _level_db(command) - 2

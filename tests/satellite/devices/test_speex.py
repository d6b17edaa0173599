"""Test noise reduction."""

import numpy as np

from hearken_speech.audio.noise import white_noise
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES
from hearken_speech.satellite.devices.speex import SpeexNoiseReduction


def test_steady_noise_is_reduced() -> None:
    """After a second, steady noise falls by at least 6 dB."""
    reduction = SpeexNoiseReduction(20)
    noise = (500 * white_noise(48_000)).astype(np.int16)
    reduced = np.concatenate(
        [
            reduction.process(noise[first : first + FRAME_SAMPLES])
            for first in range(0, 47_360, FRAME_SAMPLES)
        ]
    )
    assert len(reduced) == 47_360
    assert reduced[32_000:].std() < noise[32_000:].std() / 2

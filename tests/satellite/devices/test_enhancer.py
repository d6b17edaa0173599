"""Test the automatic gain."""

import numpy as np
import pytest

from hearken_speech.satellite.devices.enhancer import (
    AutoGain,
    Enhancer,
    Enhancers,
    NoEnhancer,
)

FRAME = np.full(1280, 1000, np.int16)
FRAME[::2] = -1000


def test_quiet_speech_is_raised_slowly_up_to_the_limit() -> None:
    """The gain rises by 6 dB a second and stops at the limit."""
    gain = AutoGain(12.0)
    gains = []
    for _ in range(60):
        gain.process(FRAME)
        gains.append(gain.gain_db)
    steps = np.diff([0.0, *gains])
    assert steps.max() == pytest.approx(0.48, abs=0.01)
    assert gains[-1] == pytest.approx(12.0)


def test_loud_speech_never_clips() -> None:
    """After a whisper, a shout is turned down within its own frame."""
    gain = AutoGain(30.0)
    for _ in range(80):
        gain.process(FRAME // 10)
    assert gain.gain_db > 20
    shout = gain.process((FRAME.astype(np.int32) * 30).astype(np.int16))
    assert np.abs(shout.astype(np.int32)).max() <= 30_000
    assert gain.gain_db == 0.0


def test_silence_is_not_raised() -> None:
    """The noise of a silent room does not change the gain."""
    gain = AutoGain(30.0)
    gain.process(np.full(1280, 20, np.int16))
    assert gain.gain_db == 0.0
    assert len(gain.process(np.zeros(0, np.int16))) == 0


def test_enhancers_follow_each_other() -> None:
    """Each one processes what the one before returned."""
    gains: list[Enhancer] = [AutoGain(6.0), AutoGain(6.0), NoEnhancer()]
    both = Enhancers(gains)
    for _ in range(30):
        result = both.process(FRAME)
    assert np.abs(result).max() == pytest.approx(4000, rel=0.02)

"""How much of the microphone's sound leaves the satellite."""

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hearken_speech.audio.format import Samples
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate

FRAME = 1280


def _frames(count: int, first: int = 0) -> list[Samples]:
    """Return frames of samples that tell their position."""
    ramp = np.arange(first, first + count * FRAME) % 30_000
    return list(ramp.astype(np.int16).reshape(count, FRAME))


def _sound(events: list[object]) -> Samples:
    """Return the sound in events."""
    data = b"".join(e.audio for e in events if isinstance(e, AudioChunk))
    return np.frombuffer(data, "<i2")


def test_closed_gate_lets_nothing_out() -> None:
    """Minutes of sound leave no event."""
    gate = Gate()
    assert all(gate.take(frame) == [] for frame in _frames(1000))
    assert gate.close() == []


def test_opened_gate_begins_with_the_pre_roll() -> None:
    """Half a second from before goes first, to the sample, then all that follows."""
    gate = Gate()
    for frame in _frames(50):
        gate.take(frame)
    heard_at = 48 * FRAME
    begin = heard_at - PRE_ROLL_SAMPLES
    events = gate.open(begin)
    assert gate.open(begin) == []
    for frame in _frames(3, 50 * FRAME):
        events += gate.take(frame)
    assert gate.open_samples == 3 * FRAME
    events += gate.close()
    assert isinstance(events[0], AudioStart)
    assert events[0].timestamp == begin * 1000 // 16_000
    assert isinstance(events[-1], AudioStop)
    expected = np.arange(begin, 53 * FRAME) % 30_000
    np.testing.assert_array_equal(_sound([*events]), expected)
    stamps = [e.timestamp for e in events if isinstance(e, AudioChunk)]
    assert stamps[0] == events[0].timestamp
    assert stamps == sorted(s for s in stamps if s is not None)
    assert gate.take(_frames(1)[0]) == []


def test_gate_without_a_word_begins_now() -> None:
    """Listening again after a question sends nothing of before."""
    gate = Gate()
    for frame in _frames(10):
        gate.take(frame)
    assert len(_sound([*gate.open()])) == 0
    assert len(_sound([*gate.take(_frames(1)[0])])) == FRAME


def test_pre_roll_is_never_older_than_what_is_remembered() -> None:
    """A position of long ago gives two seconds, one of the future nothing."""
    gate = Gate()
    for frame in _frames(100):
        gate.take(frame)
    sound = _sound([*gate.open(0)])
    assert 32_000 <= len(sound) < 32_000 + FRAME
    gate.close()
    assert len(_sound([*gate.open(10**9)])) == 0

"""Test the gate for the microphone's audio."""

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop

from hearken_speech.audio.format import Samples
from hearken_speech.satellite.devices.microphone import Frame
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate

FRAME = 1280


def _frames(count: int, first: int = 0) -> list[Frame]:
    """Return frames of samples that equal their position."""
    positions = range(first, first + count * FRAME, FRAME)
    return [
        Frame(
            (np.arange(position, position + FRAME) % 30_000).astype(np.int16),
            position_samples=position,
            time_seconds=position / 16_000,
        )
        for position in positions
    ]


def _sound(events: list[object]) -> Samples:
    """Return the audio in events."""
    data = b"".join(e.audio for e in events if isinstance(e, AudioChunk))
    return np.frombuffer(data, "<i2")


def test_closed_gate_lets_nothing_out() -> None:
    """A closed gate sends nothing, even after minutes of audio."""
    gate = Gate()
    assert all(gate.push(frame) == [] for frame in _frames(1000))
    assert gate.close() == []


def test_opened_gate_begins_with_the_pre_roll() -> None:
    """The gate sends half a second of pre-roll, and everything after it."""
    assert PRE_ROLL_SAMPLES == 8_000
    gate = Gate()
    for frame in _frames(50):
        gate.push(frame)
    heard_at = 48 * FRAME
    begin = heard_at - PRE_ROLL_SAMPLES
    events = gate.open(begin)
    assert gate.open(begin) == []
    for frame in _frames(3, 50 * FRAME):
        events += gate.push(frame)
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
    assert gate.push(_frames(1)[0]) == []


def test_gate_without_a_word_begins_now() -> None:
    """After a question, no pre-roll is sent."""
    gate = Gate()
    for frame in _frames(10):
        gate.push(frame)
    assert len(_sound([*gate.open()])) == 0
    assert len(_sound([*gate.push(_frames(1)[0])])) == FRAME


def test_pre_roll_is_never_older_than_what_is_remembered() -> None:
    """An old position gives two seconds of pre-roll, a future one none."""
    gate = Gate()
    for frame in _frames(100):
        gate.push(frame)
    sound = _sound([*gate.open(0)])
    assert 32_000 <= len(sound) < 32_000 + FRAME
    gate.close()
    assert len(_sound([*gate.open(10**9)])) == 0


def test_gate_that_opens_before_any_sound() -> None:
    """The sound begins at the start, and a closed gate has not been open."""
    gate = Gate()
    assert gate.open_samples == 0
    (start,) = gate.open()
    assert isinstance(start, AudioStart)
    assert start.timestamp == 0
    gate.push(_frames(1)[0])
    assert gate.open_samples == FRAME
    gate.close()
    assert gate.open_samples == 0


def test_nothing_is_let_out_twice() -> None:
    """What was the pre-roll of one command is not that of the next."""
    gate = Gate()
    first, second, third = _frames(3)
    gate.push(first)
    assert len(_sound([*gate.open(0)])) == FRAME
    gate.push(second)
    gate.close()
    gate.push(third)
    np.testing.assert_array_equal(_sound([*gate.open(0)]), third.samples)


def test_lost_sound_shows_in_the_timestamps() -> None:
    """Positions are those of the microphone, not of the received audio."""
    gate = Gate()
    before, after = _frames(3), _frames(3, 100 * FRAME)
    for frame in [*before, *after[:2]]:
        gate.push(frame)
    events = [*gate.open(101 * FRAME), *gate.push(after[2]), *gate.close()]
    stamps = [e.timestamp for e in events if hasattr(e, "timestamp")]
    assert stamps == [101 * 80, 101 * 80, 102 * 80, 103 * 80]
    np.testing.assert_array_equal(
        _sound([*events]), np.arange(101 * FRAME, 103 * FRAME) % 30_000
    )


def test_what_is_remembered_ends_with_the_loss_of_sound() -> None:
    """Frames older than two seconds are dropped, even after a gap."""
    gate = Gate()
    for frame in [*_frames(10), *_frames(1, 100 * FRAME)]:
        gate.push(frame)
    assert len(_sound([*gate.open(0)])) == FRAME

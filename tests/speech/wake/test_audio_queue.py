"""Test the queue of a stream's audio."""

import numpy as np
import pytest

from hearken_speech.wake.audio_queue import MAX_WAITING_SAMPLES, AudioQueue
from hearken_speech.wake.features import STEP_SAMPLES


def _ramp(begin: int, count: int) -> np.ndarray:
    """Return samples that equal their position."""
    return (np.arange(begin, begin + count) % 30_000).astype(np.int16)


@pytest.mark.parametrize("chunk", [1, 160, 1279, 1280, 1281, 5000])
def test_chunks_of_any_size_become_steps(chunk: int) -> None:
    """No sample is lost or moved."""
    queue = AudioQueue()
    total = 5 * STEP_SAMPLES
    for first in range(0, total, chunk):
        queue.put(_ramp(first, min(chunk, total - first)))
    steps = []
    while queue.ready:
        samples, dropped, ended = queue.pop_step()
        assert samples is not None
        assert (dropped, ended) == (0, False)
        steps.append(samples)
    np.testing.assert_array_equal(np.concatenate(steps), _ramp(0, total))
    assert queue.waiting_samples == 0


def test_oldest_is_dropped_and_counted() -> None:
    """Too much audio drops the oldest, and reports it once."""
    queue = AudioQueue()
    for first in range(0, 6 * 16_000, 1000):
        queue.put(_ramp(first, 1000))
    assert queue.waiting_samples == MAX_WAITING_SAMPLES
    assert queue.dropped_samples == 3 * 16_000
    samples, dropped, _ = queue.pop_step()
    assert samples is not None
    assert dropped == 3 * 16_000
    assert samples[0] == 3 * 16_000 % 30_000
    assert queue.pop_step()[1] == 0


def test_one_huge_chunk_is_cut_before_it_is_kept() -> None:
    """A chunk larger than the queue keeps its end."""
    queue = AudioQueue()
    queue.put(_ramp(0, 100))
    queue.put(_ramp(100, 10 * 16_000))
    assert queue.waiting_samples == MAX_WAITING_SAMPLES
    samples, dropped, _ = queue.pop_step()
    assert samples is not None
    assert dropped == 100 + 7 * 16_000
    assert samples[0] == (100 + 7 * 16_000) % 30_000


def test_end_fills_up_the_last_step() -> None:
    """The last step is padded with silence."""
    queue = AudioQueue()
    queue.put(_ramp(0, 100))
    assert not queue.ready
    queue.put_end()
    queue.put_end()
    queue.put(_ramp(0, 7))
    samples, _, ended = queue.pop_step()
    assert samples is not None
    assert ended
    assert len(samples) == STEP_SAMPLES
    np.testing.assert_array_equal(samples[:100], _ramp(0, 100))
    assert not samples[100:].any()
    assert not queue.ready
    assert queue.waiting_samples == 7


def test_end_of_whole_steps_needs_no_other() -> None:
    """An end right after a step comes with that step; an end without audio is empty."""
    queue = AudioQueue()
    queue.put(_ramp(0, STEP_SAMPLES))
    queue.put_end()
    samples, _, ended = queue.pop_step()
    assert samples is not None
    assert ended
    queue.put_end()
    assert queue.pop_step() == (None, 0, True)


def test_end_survives_dropping() -> None:
    """An end is never dropped."""
    queue = AudioQueue()
    queue.put(_ramp(0, 1000))
    queue.put_end()
    for first in range(0, 5 * 16_000, 1000):
        queue.put(_ramp(first, 1000))
    assert queue.pop_step()[2]
    assert not queue.pop_step()[2]

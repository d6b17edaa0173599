"""Test cutting long recordings and trimming silence."""

from dataclasses import replace
from itertools import pairwise

from hearken_speech.stt.recording import LONGEST_PIECE_SECONDS, Recording, cut, trim
from tests.simulators.voices import join, noise, silence


def _lengths(pieces: list[tuple[int, int]]) -> list[float]:
    """Return the lengths in seconds."""
    return [(last - first) / 16_000 for first, last in pieces]


def test_cuts_are_made_where_it_is_quiet() -> None:
    """Cuts are between words, and no audio is lost."""
    loud, quiet = noise(24.0, 5_000), noise(1.0, 5)
    samples = join(loud, quiet, noise(20.0, 5_000))
    pieces = cut(Recording.of(samples, 80))
    assert pieces[0][0] == 0
    assert pieces[-1][1] == samples.size
    assert all(one[1] == next_one[0] for one, next_one in pairwise(pieces))
    assert all(length <= LONGEST_PIECE_SECONDS for length in _lengths(pieces))
    assert 24.0 <= _lengths(pieces)[0] <= 25.0


def test_given_cuts_come_first() -> None:
    """A recording is cut where the speaker paused."""
    recording = Recording.of(noise(50.0, 5_000), 80)
    pieces = cut(replace(recording, cuts=(16 * 16_000, 47 * 16_000)))
    assert pieces[0] == (0, 16 * 16_000)
    assert 47 * 16_000 in [last for _, last in pieces]
    assert len(pieces) == 4


def test_quiet_ends_are_trimmed() -> None:
    """The sound and half a second around it are kept."""
    sound = noise(1.0, 3_000)
    trimmed = trim(join(silence(3.0), sound, silence(3.0)))
    assert 1.9 <= trimmed.size / 16_000 <= 2.3
    assert trim(silence(2.0)).size == 2 * 16_000
    assert trim(silence(0.0)).size == 0

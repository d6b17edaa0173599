"""Test cutting long recordings and trimming silence."""

import numpy as np

from hearken_speech.stt.recording import LONGEST_PIECE_SECONDS, cut, trim
from tests.simulators.voices import join, noise, silence


def test_cuts_are_made_where_it_is_quiet() -> None:
    """Cuts are between words, and no audio is lost."""
    loud, quiet = noise(24.0, 5_000), noise(1.0, 5)
    samples = join(loud, quiet, noise(20.0, 5_000))
    pieces = cut(samples)
    assert np.array_equal(np.concatenate(pieces), samples)
    assert all(piece.size <= LONGEST_PIECE_SECONDS * 16_000 for piece in pieces)
    assert 24.0 <= pieces[0].size / 16_000 <= 25.0


def test_quiet_ends_are_trimmed() -> None:
    """The sound and half a second around it are kept."""
    sound = noise(1.0, 3_000)
    trimmed = trim(join(silence(3.0), sound, silence(3.0)))
    assert 1.9 <= trimmed.size / 16_000 <= 2.3
    assert trim(silence(2.0)).size == 2 * 16_000
    assert trim(silence(0.0)).size == 0

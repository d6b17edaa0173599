"""Test the pairing code of a satellite."""

from pathlib import Path

import pytest

from hearken_speech.satellite.codes import TRIES, VALID_SECONDS, CodeStore


class Clock:
    """A clock set by the test."""

    seconds = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


def test_a_code_allows_few_guesses(tmp_path: Path) -> None:
    """Each exchange uses one up, whatever becomes of it."""
    store = CodeStore(tmp_path)
    code = store.issue()
    assert len(code) == 6
    assert [store.use_try() for _ in range(TRIES + 1)] == [*[code] * TRIES, None]
    assert not list(tmp_path.iterdir())


def test_a_code_is_forgotten_after_use(tmp_path: Path) -> None:
    """A code pairs once."""
    store = CodeStore(tmp_path)
    store.issue()
    store.forget()
    assert store.use_try() is None


@pytest.mark.parametrize("shift", [VALID_SECONDS + 1, -1.0])
def test_a_code_is_valid_for_minutes(tmp_path: Path, shift: float) -> None:
    """It ends in time, and a clock that is set back does not prolong it."""
    clock = Clock()
    store = CodeStore(tmp_path, clock)
    store.issue()
    clock.seconds += shift
    assert store.use_try() is None


def test_only_the_owner_reads_the_code(tmp_path: Path) -> None:
    """The file is as private as the key."""
    CodeStore(tmp_path).issue()
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        *("{", "{}", '{"code": "1", "until": "x"}'),
        '{"code": "1", "until": 1, "tries": "Infinity"}',
        '{"code": "1", "until": [], "tries": 1e300}',
    ],
)
def test_a_damaged_file_pairs_nobody(tmp_path: Path, content: str) -> None:
    """Without a usable code there is no pairing."""
    (tmp_path / "pairing.json").write_text(content)
    assert CodeStore(tmp_path).use_try() is None

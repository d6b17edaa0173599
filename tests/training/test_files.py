"""Test that files are complete after any interruption."""

from pathlib import Path

import pytest

from training import files


def test_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """An incomplete checkpoint never replaces a complete one."""
    path = tmp_path / "checkpoint.npz"
    files.write(path, lambda part: part.write_text("whole"))

    def fail(part: Path) -> None:
        part.write_text("ha")
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        files.write(path, fail)
    assert path.read_text() == "whole"


def _folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "model.bin").write_text(text)
    return path


def test_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """No temporary files are left."""
    target = _folder(tmp_path / "model", "old")
    files.copy_folder(_folder(tmp_path / "latest", "new"), target)
    assert (target / "model.bin").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "model"]


def test_folder_that_was_put_aside_comes_back(tmp_path: Path) -> None:
    """An interruption between the two renames loses nothing."""
    _folder(tmp_path / "model.old", "old")
    files.recover(tmp_path / "model")
    assert (tmp_path / "model" / "model.bin").read_text() == "old"
    # With the new one in place, the old one is not needed.
    _folder(tmp_path / "model.old", "older")
    files.recover(tmp_path / "model")
    assert (tmp_path / "model" / "model.bin").read_text() == "old"
    assert not (tmp_path / "model.old").exists()

"""Test that JSON files are written atomically."""

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from hearken_speech import json_file


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Folders are created, and all characters are preserved."""
    path = tmp_path / "a" / "b" / "file.json"
    json_file.save(path, {"name": "Küche 厨房", "port": 1})
    assert json_file.load(path) == {"name": "Küche 厨房", "port": 1}


def test_no_file_is_an_empty_object(tmp_path: Path) -> None:
    """A missing file is an empty object."""
    assert json_file.load(tmp_path / "none.json") == {}


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """A file may contain keys, so others cannot read it, even if they could before."""
    path = tmp_path / "file.json"
    path.write_text("{}")
    path.chmod(0o666)
    json_file.save(path, {"key": "secret"})
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_value_that_cannot_be_stored_changes_nothing(tmp_path: Path) -> None:
    """After a failed write the old file is intact, without temporary files."""
    path = tmp_path / "file.json"
    json_file.save(path, {"a": 1})
    with pytest.raises(TypeError):
        json_file.save(path, {"a": 2, "b": object()})
    assert json_file.load(path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_a_full_disk_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed write the old file is intact, and the error names the reason."""

    def refuse(_handle: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file.json"
    json_file.save(path, {"a": 1})
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(json_file.JsonFileError, match=r"file\.json .*No space left"):
        json_file.save(path, {"a": 2})
    assert json_file.load(path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1', b"\xff\xfe", b"{'a': 1}"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    """Invalid JSON raises JsonFileError with the file name and a solution."""
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(
        json_file.JsonFileError, match=r"file\.json .*repair or remove it"
    ):
        json_file.load(path)


@pytest.mark.parametrize("value", [[], "text", 1, None])
def test_a_file_of_something_else_is_named(tmp_path: Path, value: object) -> None:
    """JSON that is not an object raises JsonFileError."""
    path = tmp_path / "file.json"
    path.write_text(json.dumps(value))
    with pytest.raises(json_file.JsonFileError, match="something other than settings"):
        json_file.load(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in place of the folder raises JsonFileError."""
    (tmp_path / "file").write_text("")
    with pytest.raises(json_file.JsonFileError, match="cannot be written"):
        json_file.save(tmp_path / "file" / "settings.json", {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_file_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    """A service that runs as somebody else can read what root stored for it."""
    os.chown(tmp_path, 1234, 1235)
    json_file.save(tmp_path / "key.json", {"key": "secret"})
    stored = (tmp_path / "key.json").stat()
    assert (stored.st_uid, stored.st_gid) == (1234, 1235)
    assert stored.st_mode & 0o077 == 0

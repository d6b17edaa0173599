"""Test that JSON files are written atomically."""

import json
import math
import os
import time
from pathlib import Path
from typing import Final, NoReturn

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


def test_all_of_it_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the old file or the new one: flush, sync, and only then move.

    What is read from the file at the time of each sync is what a disk would keep.
    """
    synced: list[bytes] = []
    path = tmp_path / "file.json"
    json_file.save(path, {"a": 1})

    def sync(handle: int) -> None:
        synced.append(os.pread(handle, 1_000, 0))
        assert json_file.load(path) == {"a": 1}

    monkeypatch.setattr(os, "fsync", sync)
    json_file.save(path, {"a": 2})

    assert {"a": 2} in [json.loads(content) for content in synced]
    assert json_file.load(path) == {"a": 2}


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


DAMAGED: Final = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[1, 2]",
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5_000 + b"}",
    b'{"a": ' + b"[" * 100_000,
    b'{"a": "\\ud800"}',
    b" " * (json_file.MAX_BYTES + 1),
)


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:12]))
def test_a_damaged_file_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept under another name, said, and does not hinder the next save."""
    path = tmp_path / "file.json"
    path.write_bytes(content)
    assert json_file.load_or_set_aside(path) is None
    assert (tmp_path / "file.json.damaged").read_bytes() == content
    assert "file.json.damaged" in caplog.text
    assert json_file.set_aside_names[-1] == "file.json"
    json_file.save(path, {"a": 1})
    assert json_file.load_or_set_aside(path) == {"a": 1}


def test_what_is_no_file_is_set_aside(tmp_path: Path) -> None:
    """A named pipe does not hang, and neither it nor a folder stops the start."""
    pipe, folder = tmp_path / "pipe.json", tmp_path / "folder.json"
    os.mkfifo(pipe)
    folder.mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "nowhere")
    for path in (pipe, folder, link):
        assert json_file.load_or_set_aside(path) is None
        assert not os.path.lexists(path)


def test_values_that_cannot_be_used_are_set_aside(tmp_path: Path) -> None:
    """A file whose values are wrong is damaged as well."""
    path = tmp_path / "file.json"
    json_file.save(path, {"a": 1})
    assert json_file.load_or_set_aside(path, lambda value: "b" in value) is None
    assert (tmp_path / "file.json.damaged").exists()


def test_damaged_files_do_not_pile_up(tmp_path: Path) -> None:
    """The first ones are kept, as they say most; their number is limited."""
    path = tmp_path / "file.json"
    for number in range(20):
        path.write_text(f"broken {number}")
        json_file.load_or_set_aside(path)
    kept = sorted(entry.name for entry in tmp_path.iterdir())
    assert len(kept) == 5
    assert [(tmp_path / name).read_text() for name in kept] == [
        *(f"broken {number}" for number in range(4)),
        "broken 19",
    ]


def test_leftovers_of_killed_programs_are_deleted(tmp_path: Path) -> None:
    """Only old temporary files of ours are deleted."""
    names = [".server.json.a1b2c3d4", ".server.json.new12345", "server.json", ".x.json"]
    for name in names:
        (tmp_path / name).write_text("")
    now = time.time()
    for name, age_seconds in ((names[0], 90), (names[1], 30), (names[3], 10_000)):
        os.utime(tmp_path / name, (now - age_seconds, now - age_seconds))
    json_file.remove_leftovers(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(names[1:])
    json_file.remove_leftovers(tmp_path / "none")


def test_numbers_that_are_none_are_not_stored(tmp_path: Path) -> None:
    """What could not be read again is not written."""
    with pytest.raises(ValueError, match="JSON"):
        json_file.save(tmp_path / "file.json", {"a": math.nan})
    assert list(tmp_path.iterdir()) == []

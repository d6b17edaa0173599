"""Test the server's permanent identity."""

import json
from pathlib import Path

import pytest

from hearken_speech.server import identity


def test_the_identity_stays_the_same(tmp_path: Path) -> None:
    """The identity is created at the first start and stays the same."""
    first = identity.load(tmp_path)
    assert identity.load(tmp_path) == first
    assert len(first.token) >= 32
    assert first.id
    assert (tmp_path / "server.json").stat().st_mode & 0o077 == 0


def test_two_servers_differ(tmp_path: Path) -> None:
    """Each data folder has an identity of its own."""
    one, two = identity.load(tmp_path / "1"), identity.load(tmp_path / "2")
    assert one.id != two.id
    assert one.token != two.token


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    """Unknown fields of a newer version are preserved."""
    path = tmp_path / "server.json"
    path.write_text(json.dumps({"id": "mine", "colour": "green"}))
    assert identity.load(tmp_path).id == "mine"
    stored = json.loads(path.read_text())
    assert stored["colour"] == "green"
    assert stored["token"] == identity.load(tmp_path).token


def test_the_token_is_not_shown(tmp_path: Path) -> None:
    """The token is not part of the identity's representation in logs."""
    loaded = identity.load(tmp_path)
    assert loaded.token not in repr(loaded)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", '{"id": 5}', '{"token": "ä"}', '{"id": NaN}', '{"token": " "}'),
        *('{"token": "a\\nb"}', '{"id": "\\u0000"}', json.dumps({"id": "x" * 201})),
    ],
)
def test_a_damaged_file_is_replaced_by_its_copy(tmp_path: Path, content: str) -> None:
    """The server stays the same for Home Assistant, and the damaged file is kept."""
    first = identity.load(tmp_path)
    (tmp_path / "server.json").write_text(content)
    assert identity.load(tmp_path) == first
    assert (tmp_path / "server.json.damaged").read_text() == content
    assert json.loads((tmp_path / "server.json").read_text())["id"] == first.id


@pytest.mark.parametrize("lost", [{"id"}, {"token"}, {"id", "token"}])
def test_what_a_file_lost_comes_from_its_copy(tmp_path: Path, lost: set[str]) -> None:
    """A file that says less than before makes no stranger of the server."""
    first = identity.load(tmp_path)
    path = tmp_path / "server.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({key: whole[key] for key in whole.keys() - lost}))
    assert identity.load(tmp_path) == first
    assert json.loads(path.read_text()) == whole


def test_without_a_copy_there_is_a_new_identity(tmp_path: Path) -> None:
    """Two damaged files do not stop the server."""
    first = identity.load(tmp_path)
    for name in ("server.json", "server.copy.json"):
        (tmp_path / name).write_text("{")
    second = identity.load(tmp_path)
    assert second.id != first.id
    assert identity.load(tmp_path) == second


def test_a_removed_file_gives_a_new_identity(tmp_path: Path) -> None:
    """Whoever removes the file wants a new token; the copy does not bring it back."""
    first = identity.load(tmp_path)
    (tmp_path / "server.json").unlink()
    assert identity.load(tmp_path).token != first.token


def test_a_disk_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """The identity holds until the next start."""
    (tmp_path / "file").write_text("")
    assert identity.load(tmp_path / "file").token

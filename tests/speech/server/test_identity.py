"""Test the server's permanent identity."""

import json
from pathlib import Path

import pytest

from hearken_speech.json_file import JsonFileError
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


def test_a_damaged_file_is_not_replaced(tmp_path: Path) -> None:
    """A damaged file raises an error: a new identity would look like another server."""
    (tmp_path / "server.json").write_text("{")
    with pytest.raises(JsonFileError, match=r"server\.json"):
        identity.load(tmp_path)
    assert (tmp_path / "server.json").read_text() == "{"

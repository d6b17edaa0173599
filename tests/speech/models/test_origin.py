"""Test that the weights of a model are checked once per change."""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import pytest

from benchmarks.attack.damage import DAMAGES
from hearken_speech.models import origin
from hearken_speech.models.errors import DamagedModelError

WEIGHTS = b"weights" * 1_000


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Path:
    """Return the folder of a model with its record."""
    (tmp_path / "model.bin").write_bytes(WEIGHTS)
    record = {
        "name": "toy",
        "files": {"model.bin": hashlib.sha256(WEIGHTS).hexdigest()},
    }
    (tmp_path / "origin.json").write_text(json.dumps(record))
    return tmp_path


def test_right_weights_are_read_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second check looks at size and time alone, until these change."""
    checked: list[Path] = []

    def checksum(path: Path, _like: str) -> str:
        checked.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(origin, "checksum", checksum)
    for _ in range(3):
        origin.check_weights(folder)
    assert len(checked) == 1
    os.utime(folder / "model.bin", (1, 1))
    origin.check_weights(folder)
    assert len(checked) == 2


def test_damaged_weights_are_named(folder: Path) -> None:
    """A single wrong byte is noticed, also if the size is right."""
    origin.check_weights(folder)
    damaged = bytearray(WEIGHTS)
    damaged[500] ^= 1
    (folder / "model.bin").write_bytes(damaged)
    with pytest.raises(DamagedModelError, match='"toy" are damaged'):
        origin.check_weights(folder)


def test_quantized_weights_have_a_sum_of_their_own(folder: Path) -> None:
    """What was made of the download is compared with what was made."""
    record = json.loads((folder / "origin.json").read_text())
    record["weights"] = {"stored": hashlib.sha256(b"small").hexdigest()}
    (folder / "origin.json").write_text(json.dumps(record))
    with pytest.raises(DamagedModelError):
        origin.check_weights(folder)
    (folder / "model.bin").write_bytes(b"small")
    origin.check_weights(folder)


def test_models_of_the_owner_are_not_checked(folder: Path) -> None:
    """There is nothing to compare them with."""
    (folder / "origin.json").unlink()
    (folder / "model.bin").write_bytes(b"other")
    origin.check_weights(folder)
    assert not (folder / "checked.json").exists()


@pytest.mark.parametrize("name", ["origin.json", "checked.json"])
@pytest.mark.parametrize("how", sorted(DAMAGES.keys() - {"4 GB"}))
def test_damaged_records_stop_nothing(folder: Path, name: str, how: str) -> None:
    """A model whose record says nothing is used, or refused as damaged."""
    origin.check_weights(folder)
    DAMAGES[how](folder / name)
    with contextlib.suppress(DamagedModelError):
        origin.check_weights(folder)
    assert (folder / "model.bin").read_bytes() == WEIGHTS

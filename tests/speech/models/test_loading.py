"""Test loading models from folders and memory, including damaged ones."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from hearken_speech import json_file
from hearken_speech.errors import ModelError
from hearken_speech.models.catalogue import EMBEDDED_TRAITS
from hearken_speech.models.library import Library
from hearken_speech.models.loading import load_model
from hearken_speech.stt.engine import WhisperEngine


def _copy(folder: Path, target: Path) -> Path:
    """Return a copy of a model."""
    shutil.copytree(folder, target)
    return target


def test_embedded_model_has_its_own_window(engine: WhisperEngine) -> None:
    """The embedded model reads the windows that it was trained with."""
    assert engine.model.traits == EMBEDDED_TRAITS
    assert engine.shortest_window == 8.0


def test_folder_and_zip_give_the_same_model(toy_folder: Path, tmp_path: Path) -> None:
    """A model can be one zip file."""
    pack = tmp_path / "toy.zip"
    with zipfile.ZipFile(pack, "w") as out:
        for path in toy_folder.iterdir():
            out.write(path, path.name)
    packed, plain = load_model(pack), load_model(toy_folder)
    assert packed.name == plain.name == "toy"
    assert packed.mel_bands == plain.mel_bands == 80
    assert packed.languages == plain.languages
    assert "de" in plain.languages
    assert len(plain.languages) == 99


def test_model_may_declare_its_traits(toy_folder: Path, tmp_path: Path) -> None:
    """A file beside the model can set its window and its guard."""
    folder = _copy(toy_folder, tmp_path / "own")
    (folder / "hearken.json").write_text('{"window_seconds": 9, "guard": "embedded"}')
    traits = load_model(folder).traits
    assert traits.window_seconds == 9.0
    assert traits.guard == "embedded"


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json"])
def test_incomplete_model_names_what_is_missing(
    toy_folder: Path, tmp_path: Path, name: str
) -> None:
    """An incomplete model is not loaded."""
    folder = _copy(toy_folder, tmp_path / "half")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_model(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.bin", b""),
        ("model.bin", b"\0" * 100),
        ("tokenizer.json", b""),
        ("tokenizer.json", b"{}"),
        ("config.json", b"{"),
        ("vocabulary.json", b"[]"),
    ],
)
def test_damaged_model_is_an_error(
    toy_folder: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    """Invalid files raise a clear error."""
    folder = _copy(toy_folder, tmp_path / "bad")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match="bad"):
        load_model(folder)


def test_truncated_weights_are_an_error(toy_folder: Path, tmp_path: Path) -> None:
    """Truncated weights are detected."""
    folder = _copy(toy_folder, tmp_path / "cut")
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="damaged or incomplete"):
        load_model(folder)


def test_truncated_pack_is_an_error(tmp_path: Path) -> None:
    """A damaged zip file is detected."""
    data = Library(tmp_path).embedded().path.read_bytes()
    pack = tmp_path / "cut.zip"
    pack.write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="cut"):
        load_model(pack)


def test_no_model_at_all(tmp_path: Path) -> None:
    """The error names a path without a model."""
    with pytest.raises(ModelError, match="nothing-here"):
        load_model(tmp_path / "nothing-here")


def test_vocabulary_without_the_last_tokens_is_damaged(
    toy_folder: Path, tmp_path: Path
) -> None:
    """The vocabulary is shorter than the tokens that a request needs."""
    folder = _copy(toy_folder, tmp_path / "short")
    path = next(folder.glob("vocabulary.*"))
    tokens = json.loads(path.read_text())
    start = load_model(toy_folder).tokenizer("en").sot
    path.write_text(json.dumps(tokens[: start + 2]))
    with pytest.raises(ModelError, match="too short"):
        load_model(folder)


def test_file_that_cannot_be_read_is_told(
    toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable files raise an error."""
    folder = _copy(toy_folder, tmp_path / "locked")
    usual = json_file.read_bytes

    def read(path: Path, max_bytes: int) -> bytes:
        if path.name.startswith("vocabulary."):
            raise PermissionError(13, "Permission denied")
        return usual(path, max_bytes)

    monkeypatch.setattr("hearken_speech.models.loading.read_bytes", read)
    with pytest.raises(ModelError, match="Permission denied"):
        load_model(folder)

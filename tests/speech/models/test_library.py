"""Test the library of installed models."""

import shutil
from pathlib import Path

import pytest

from hearken_speech.errors import ModelError
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.library import Library
from hearken_speech.models.loading import EMBEDDED_MODEL, LoadOptions


@pytest.fixture
def library(tmp_path: Path, toy_folder: Path) -> Library:
    """Return a library with a downloaded, a custom and an incomplete model."""
    folder = tmp_path / "models"
    shutil.copytree(toy_folder, folder / "tiny-int8")
    shutil.copytree(toy_folder, folder / "my-own")
    shutil.copytree(toy_folder, folder / "half")
    (folder / "half" / "model.bin").unlink()
    (folder / ".partial-base-int8").mkdir()
    return Library(folder)


def test_whole_models_are_listed(library: Library) -> None:
    """The embedded model comes first; incomplete ones are not listed."""
    found = {model.name: model for model in library.installed()}
    assert list(found) == [EMBEDDED_MODEL, "my-own", "tiny-int8"]
    assert found["my-own"].own
    assert not found["tiny-int8"].own
    assert found["my-own"].size_mb > 1


def test_missing_folder_is_an_empty_library(tmp_path: Path) -> None:
    """The embedded model is always available."""
    names = [model.name for model in Library(tmp_path / "none").installed()]
    assert names == [EMBEDDED_MODEL]


def test_models_load_by_name_and_by_folder(library: Library) -> None:
    """A model in another folder can be loaded, too."""
    assert library.loader("my-own", LoadOptions())().name == "my-own"
    path = str(library.folder / "my-own")
    assert library.loader(path, LoadOptions())().name == "my-own"


def test_models_are_deleted(library: Library) -> None:
    """Only installed models can be deleted, and not the embedded one."""
    library.delete("tiny-int8")
    assert not library.has("tiny-int8")
    with pytest.raises(UnknownModelError):
        library.delete("tiny-int8")
    with pytest.raises(ModelError, match="stays"):
        library.delete(EMBEDDED_MODEL)


def test_cut_deletion_leaves_what_can_be_seen_and_deleted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted deletion leaves an unfinished model that can be deleted."""

    def cut(path: Path) -> None:
        (path / "config.json").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr("hearken_speech.models.partial.shutil.rmtree", cut)
    with pytest.raises(KeyboardInterrupt):
        library.delete("my-own")
    monkeypatch.undo()
    assert not (library.folder / "my-own").exists()
    assert library.unfinished()["my-own"] > 1_000_000
    library.delete("my-own")
    assert "my-own" not in library.unfinished()


@pytest.mark.parametrize("name", ["..", "../x", "", ".partial-x", "a/../b", "x" * 200])
def test_name_is_never_a_way_elsewhere(library: Library, name: str) -> None:
    """Nothing outside the folder is deleted."""
    with pytest.raises(ModelError):
        library.delete(name)
    assert library.folder.is_dir()

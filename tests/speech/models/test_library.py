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


def _converted(toy_folder: Path, target: Path) -> Path:
    """Return a model as the converter writes it: without a tokenizer."""
    folder = shutil.copytree(toy_folder, target)
    (folder / "tokenizer.json").unlink()
    (folder / "preprocessor_config.json").unlink()
    return folder


def test_model_of_the_converter_needs_no_tokenizer(
    tmp_path: Path, toy_folder: Path
) -> None:
    """It is made once and kept with our models; the owner's folder stays as it is."""
    folder = _converted(toy_folder, tmp_path / "share" / "my-whisper")
    before = sorted(path.name for path in folder.iterdir())
    library = Library(tmp_path / "models")
    engine = library.loader(str(folder), LoadOptions())()
    assert engine.name == "my-whisper"
    assert sorted(path.name for path in folder.iterdir()) == before
    assert [model.name for model in library.installed()] == [EMBEDDED_MODEL]
    (made,) = (tmp_path / "models" / ".completed").glob("tokenizer-*.json")
    written = made.stat().st_mtime_ns
    again = shutil.copytree(folder, tmp_path / "elsewhere" / "my-whisper")
    library.loader(str(again), LoadOptions())()
    assert made.stat().st_mtime_ns == written


def test_tokenizer_that_cannot_be_kept_is_told(
    tmp_path: Path, toy_folder: Path
) -> None:
    """The error names the file that the model lacks."""
    folder = _converted(toy_folder, tmp_path / "own")
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"has no tokenizer\.json"):
        Library(tmp_path / "file" / "models").loader(str(folder), LoadOptions())()


@pytest.mark.parametrize("harm", ["model.bin", "config.json", "vocabulary.json"])
@pytest.mark.parametrize("gone", [True, False])
def test_owners_are_never_told_to_delete_their_model(
    tmp_path: Path, toy_folder: Path, harm: str, *, gone: bool
) -> None:
    """The error says where to look."""
    folder = shutil.copytree(toy_folder, tmp_path / "own")
    (folder / harm).unlink() if gone else (folder / harm).write_bytes(b"{")
    library = Library(tmp_path / "models")
    with pytest.raises(ModelError) as caught:
        library.loader(str(folder), LoadOptions())()
    assert "delete" not in str(caught.value).casefold()
    assert "remove" not in str(caught.value).casefold()
    assert str(folder) in str(caught.value)


def test_damaged_download_is_downloaded_again(library: Library) -> None:
    """What Hearken downloaded, it can replace."""
    (library.folder / "tiny-int8" / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="download it again"):
        library.loader("tiny-int8", LoadOptions())()


def test_models_of_a_share_are_found_and_never_deleted(
    tmp_path: Path, toy_folder: Path, library: Library
) -> None:
    """They count as installed; one of the same name in our folder comes first."""
    share = tmp_path / "share"
    for name in ("small-int8", "tiny-int8"):
        shutil.copytree(toy_folder, share / name)
    both = Library(library.folder, (share, tmp_path / "none"))
    names = [model.name for model in both.installed()]
    assert names == [EMBEDDED_MODEL, "my-own", "tiny-int8", "small-int8"]
    assert both.find("tiny-int8").path == library.folder / "tiny-int8"
    assert both.has("small-int8")
    assert both.find("small-int8").own
    with pytest.raises(ModelError, match="deletes nothing"):
        both.delete("small-int8")
    both.delete("tiny-int8")
    assert both.find("tiny-int8").path == share / "tiny-int8"


def test_folder_comes_before_a_known_name(library: Library) -> None:
    """An owner who calls a folder so means it."""
    assert library.name_of(" My-Own") == "My-Own"
    assert library.name_of("my-own ") == "my-own"
    assert library.name_of("Tiny INT8") == "tiny-int8"
    (library.folder / "turbo").mkdir()
    assert library.name_of("turbo") == "turbo"
    assert library.name_of("Turbo") == "large-v3-turbo"
    path = str(library.folder / "my-own")
    assert library.name_of(path) == path

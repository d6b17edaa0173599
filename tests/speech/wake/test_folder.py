"""Test that a folder with anything in it yields the good words."""

import json
import shutil
from pathlib import Path

import pytest

from hearken_speech.wake import folder as word_folders
from hearken_speech.wake import packages
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.errors import UnknownWordError
from hearken_speech.wake.folder import WordFolder
from tests.speech.wake import models


def _good(paths: list[Path]) -> dict[Path, str | None]:
    """Find all files good, without a process to try them in."""
    return dict.fromkeys(paths)


def test_broken_file_beside_a_good_one_silences_nothing(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """The first good file of a name is the word, whatever lies beside it."""
    lite = packages.openwakeword_model("hey_rhasspy_v0.1.tflite")
    word_folder.mkdir()
    shutil.copy(lite, word_folder / "computer.tflite")
    (word_folder / "computer.onnx").write_text("<!DOCTYPE html><html></html>")
    (word_folder / "._computer.tflite").write_bytes(b"\x00\x05\x16\x07")
    catalogue.refresh()
    word, other = catalogue.find("computer"), catalogue.get("computer.onnx")
    assert word is not None
    assert word.path == word_folder / "computer.tflite"
    assert other is not None
    assert "cannot load it" in (other.problem or "")
    assert not [word.id for word in catalogue.words() if word.id.startswith("_")]


def test_bad_file_that_comes_later_replaces_nothing(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A word that streams listen for stays the same file."""
    good = models.always(word_folder / "b" / "computer.onnx")
    catalogue.refresh()
    (word_folder / "a").mkdir()
    (word_folder / "a" / "computer.onnx").write_text("<html>")
    catalogue.refresh()
    catalogue.refresh()
    word = catalogue.get("computer")
    assert word is not None
    assert (word.path, word.problem) == (good, None)


def test_unknown_name_among_known_ones_is_ignored(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """Only where nothing is left to listen for is it an error, with the reason."""
    assert catalogue.resolve(["ok_nabu", "nope"]) == {"okay_nabu": "ok_nabu"}
    word_folder.mkdir()
    (word_folder / "page.onnx").write_text("<html>")
    catalogue.refresh()
    with pytest.raises(UnknownWordError, match=r"page \(onnxruntime cannot load it"):
        catalogue.resolve(["page"])


@pytest.mark.parametrize(
    ("file", "word_id", "phrase"),
    [
        ("Écoute_Zoé.onnx", "écoute_zoé", "écoute zoé"),
        ("小爱同学.onnx", "小爱同学", "小爱同学"),
        ("你好小家.onnx", "你好小家", "你好小家"),
        ("r2d2.onnx", "r2d2", "r2d2"),
        ("k9.onnx", "k9", "k9"),
        ("hal_9000.onnx", "hal_9000", "hal 9000"),
        ("Hey-Computer_v2.onnx", "hey_computer_v2", "hey computer"),
        ("alfred_v0.1.onnx", "alfred_v0_1", "alfred"),
    ],
)
def test_names_in_any_script(
    tmp_path: Path, file: str, word_id: str, phrase: str
) -> None:
    """Each name has an ID of its own, and digits belong to the phrase."""
    (tmp_path / file).write_bytes(b"model")
    (found,) = WordFolder(tmp_path, _good).scan()
    assert (found.id, found.phrase) == (word_id, phrase)


def test_language_is_that_of_any_folder_above(tmp_path: Path) -> None:
    """The community's collection has a folder for each language and each word."""
    path = tmp_path / "de" / "hallo_haus" / "hallo_haus.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")
    (found,) = WordFolder(tmp_path, _good).scan()
    assert found.languages == ("de",)


def test_folder_of_a_country_is_its_language(tmp_path: Path) -> None:
    """The community's collection keeps Danish in "dk"."""
    path = tmp_path / "dk" / "hej_hus" / "hej_hus.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"model")
    (found,) = WordFolder(tmp_path, _good).scan()
    assert found.languages == ("da",)


def test_limit_counts_words_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Both formats of a word count once; what is too much is listed with a reason."""
    monkeypatch.setattr(word_folders, "MAX_WORDS", 2)
    for name in ("a.onnx", "a.tflite", "b.onnx", "b.tflite", "c.onnx"):
        (tmp_path / name).write_bytes(b"model")
    scanned = WordFolder(tmp_path, _good)
    problems = {file.path.name: file.problem for file in scanned.scan()}
    assert "left out" in (problems.pop("c.onnx") or "")
    assert set(problems.values()) == {None}
    assert "left out: c" in caplog.text


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    """The owner sees it; words appear once the folder does."""
    catalogue = WakeCatalogue(tmp_path / "nowhere")
    catalogue.refresh()
    assert catalogue.folder_problem == f"there is no {tmp_path / 'nowhere'}"
    (tmp_path / "nowhere").mkdir()
    catalogue.refresh()
    assert catalogue.folder_problem is None


def test_words_that_were_made_come_from_their_own_folder(tmp_path: Path) -> None:
    """They are words like others, with what their description says."""
    models.always(tmp_path / "made" / "okay_house.onnx")
    (tmp_path / "made" / "okay_house.json").write_text(
        json.dumps({"wake_word": "Okay house", "trained_languages": ["en"]})
    )
    catalogue = WakeCatalogue(tmp_path / "own", tmp_path / "made")
    catalogue.refresh()
    word = catalogue.find("Okay house")
    assert word is not None
    assert (word.source.value, word.languages) == ("made", ("en",))
    # It was improved: the file is whole, so streams go on listening.
    models.long(tmp_path / "made" / "okay_house.onnx", 12)
    catalogue.refresh()
    assert catalogue.find("okay_house") is not None


@pytest.mark.parametrize(
    ("about", "text", "is_checked"),
    [
        ({}, "okay haus", False),
        ({"check": True}, "okay haus", True),
        ({"check": True, "wake_word": "Okay, Haus!"}, "Okay, Haus!", True),
        ({"check": "no", "made": "by hand"}, "okay haus", False),
        ({"wake_word": "Hal", "made": {"text": "Okay Haus"}}, "Okay Haus", False),
    ],
)
def test_description_asks_for_the_check(
    tmp_path: Path, about: dict[str, object], text: str, *, is_checked: bool
) -> None:
    """What is listened for is what was learned, however the word is called now."""
    (tmp_path / "okay_haus.onnx").write_bytes(b"model")
    (tmp_path / "okay_haus.json").write_text(json.dumps(about))
    (found,) = WordFolder(tmp_path, _good).scan()
    assert (found.text, found.is_checked) == (text, is_checked)

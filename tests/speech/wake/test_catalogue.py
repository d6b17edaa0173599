"""Test the catalogue of wake words."""

import shutil
from pathlib import Path

import pytest

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import ErrorCode
from hearken_speech.wake import packages
from hearken_speech.wake.catalogue import WakeCatalogue, WordSource
from hearken_speech.wake.errors import UnknownWordError
from tests.speech.wake import models

OURS = {"alexa", "computer", "hey_hearken"}
FREE = {*OURS, "okay_nabu"}
INCLUDED = {
    *FREE,
    "alexa_openwakeword",
    "hey_jarvis",
    "hey_mycroft",
    "hey_rhasspy",
}


def test_included_words_are_there_at_once(catalogue: WakeCatalogue) -> None:
    """Included words are available before any folder is scanned, with licences."""
    assert {word.id for word in catalogue.usable()} == INCLUDED
    licences = {word.id: word.licence for word in catalogue.words()}
    assert {licences.pop(word) for word in FREE} == {"Apache-2.0"}
    assert set(licences.values()) == {"CC-BY-NC-SA-4.0"}
    assert all(word.languages == ("en",) for word in catalogue.words())
    assert not catalogue.refresh(), "nothing changed"


def test_our_words_come_first_and_are_checked(catalogue: WakeCatalogue) -> None:
    """A phrase means ours; the one of openWakeWord has to be named."""
    words = {word.id: word for word in catalogue.words()}
    assert {word.id for word in words.values() if word.is_checked} == OURS
    ours, theirs = words["alexa"], words["alexa_openwakeword"]
    assert (ours.phrase, ours.attribution_name) == ("alexa", "Hearken")
    assert (theirs.phrase, theirs.attribution_name) == ("alexa", "openWakeWord")
    assert list(words).index(ours.id) < list(words).index(theirs.id)
    assert [word.id for word in words.values() if word.is_alternative] == [theirs.id]
    assert catalogue.resolve(["Alexa"]) == {"alexa": "Alexa"}


@pytest.mark.parametrize(
    "name", ["okay_nabu", "ok_nabu", "okay nabu", "OK Nabu", " Okay_Nabu "]
)
def test_names_of_others_are_understood(catalogue: WakeCatalogue, name: str) -> None:
    """A word is found by ID, phrase, or the names used by other programs."""
    assert catalogue.resolve([name]) == {"okay_nabu": name}


def test_unknown_names_are_told(catalogue: WakeCatalogue) -> None:
    """The error names the unknown word and lists the known ones."""
    with pytest.raises(UnknownWordError, match=r"word: nope; .*alexa") as e:
        catalogue.resolve(["nope"])
    assert isinstance(e.value, HearkenError)
    assert e.value.code is ErrorCode.UNKNOWN_WAKE_WORD


def test_own_words_appear_change_and_go(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """Words follow the files in the folder, which may be created later."""
    path = models.always(word_folder / "de" / "Hallo_Haus_v2.onnx")
    assert catalogue.refresh()
    word = catalogue.find("hallo_haus_v2")
    assert word is not None
    assert (word.phrase, word.languages) == ("hallo haus", ("de",))
    assert word.source is WordSource.OWN
    version = catalogue.version
    path.unlink()
    assert catalogue.refresh()
    assert catalogue.find("hallo_haus_v2") is None
    assert catalogue.version > version


def test_description_beside_the_model_is_read(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A JSON file adds what the file name cannot express."""
    models.always(word_folder / "x1.onnx")
    (word_folder / "x1.json").write_text(
        '{"wake_word": "Hör mal", "trained_languages": ["de"], "author": "Eva",'
        ' "license": "CC0-1.0"}'
    )
    models.always(word_folder / "x2.onnx")
    (word_folder / "x2.json").write_text("[not json")
    catalogue.refresh()
    word = catalogue.find("x1")
    assert word is not None
    assert (word.phrase, word.languages) == ("Hör mal", ("de",))
    assert (word.licence, word.attribution_name) == ("CC0-1.0", "Eva")
    assert catalogue.find("x2") is not None


def test_broken_files_are_listed_and_harm_nothing(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """Each broken file has a reason, and the valid ones work."""
    models.always(word_folder / "good.onnx")
    lite = packages.openwakeword_model("hey_rhasspy_v0.1.tflite").read_bytes()
    (word_folder / "computer.tflite").write_bytes(lite)
    (word_folder / "cut.tflite").write_bytes(lite[: len(lite) // 2])
    (word_folder / "alexa.onnx").write_bytes(b"not a model")
    models.always(word_folder / "identity.onnx", operation="Identity")
    (word_folder / "link.onnx").symlink_to("/nowhere/at/all.onnx")
    (word_folder / "notes.txt").write_text("not a model at all")
    catalogue.refresh()
    own = {w.id: w.problem for w in catalogue.words() if w.source is WordSource.OWN}
    assert own == {
        "good": None,
        "computer": None,
        "cut": "this is not a TensorFlow Lite file",
        "alexa.onnx": own["alexa.onnx"],
        "identity": "it gives scores outside 0 to 1",
    }
    assert "cannot load it" in (own["alexa.onnx"] or "")
    included = catalogue.find("alexa")
    assert included is not None
    assert included.source is WordSource.INCLUDED


def test_good_file_of_the_owner_replaces_an_included_word(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A custom model replaces the included one of the same word."""
    models.always(word_folder / "alexa.onnx")
    catalogue.refresh()
    word = catalogue.find("alexa")
    assert word is not None
    assert word.source is WordSource.OWN


def test_same_word_in_both_formats_is_one_word(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """Collections ship both formats; the one that costs less is used."""
    models.always(word_folder / "computer.onnx")
    lite = packages.openwakeword_model("hey_rhasspy_v0.1.tflite")
    shutil.copy(lite, word_folder / "computer.tflite")
    catalogue.refresh()
    word, other = catalogue.get("computer"), catalogue.get("computer.tflite")
    assert word is not None
    assert word.path == word_folder / "computer.onnx"
    assert other is not None
    assert "same name" in (other.problem or "")


def test_file_that_is_being_written_waits(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A file that is still growing is not loaded."""
    path = models.always(word_folder / "late.onnx")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    catalogue.refresh()
    path.write_bytes(whole)
    catalogue.refresh()
    word = catalogue.get("late")
    assert word is not None
    assert word.problem == "the file is still being written"
    catalogue.refresh()
    assert catalogue.find("late") is not None


def test_word_that_failed_stays_out_until_its_file_changes(
    catalogue: WakeCatalogue, word_folder: Path
) -> None:
    """A word that failed at run time is not tried again until its file changes."""
    path = models.always(word_folder / "flaky.onnx")
    catalogue.refresh()
    catalogue.mark_failed("flaky", "it broke")
    catalogue.mark_failed("nobody", "it broke")
    catalogue.refresh()
    word = catalogue.get("flaky")
    assert word is not None
    assert word.problem == "it broke"
    path.write_bytes(path.read_bytes() + b"")
    path.touch()
    catalogue.refresh()
    catalogue.refresh()
    assert catalogue.find("flaky") is not None

"""Test the store of wake words that were made here."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from hearken_speech.errors import RequestError
from hearken_speech.json_file import JsonFileError, remove_leftovers
from hearken_speech.wake.errors import UnknownWordError
from hearken_speech.wake.made import MadeWord, MadeWords, SoundKind

WORD = MadeWord(
    id="okay_house",
    phrase="okay house",
    text="Okay house",
    language="en",
    made_at=1.0,
    expected={"missed_percent": 1.0},
)

NOTHING = {"recordings": 0, "others": 0}
GAIN = {"before": {"missed": 2}, "after": {"missed": 0}}


@pytest.fixture
def words(tmp_path: Path) -> MadeWords:
    """Return a store with one word."""
    words = MadeWords(tmp_path)
    words.save(WORD, b"first")
    return words


def test_word_survives_with_its_source(words: MadeWords, tmp_path: Path) -> None:
    """Another process, or a restored backup, reads the same."""
    assert MadeWords(tmp_path).all() == [replace(WORD, kept=NOTHING)]
    assert (words.folder / "okay_house.onnx").read_bytes() == b"first"


def test_improvement_can_be_undone(words: MadeWords) -> None:
    """The head and what is said of it go back together."""
    words.save(MadeWord(**{**WORD.as_dict(), "recordings": 3}), b"second")
    assert (words.get("okay_house").recordings, words.get("okay_house").can_undo) == (
        3,
        True,
    )
    words.undo("okay_house")
    assert words.get("okay_house") == replace(WORD, kept=NOTHING)
    assert (words.folder / "okay_house.onnx").read_bytes() == b"first"
    with pytest.raises(RequestError, match="earlier"):
        words.undo("okay_house")


def test_improvement_waits_until_it_is_accepted(words: MadeWords) -> None:
    """Until then the word is as it was; accepting twice loses no earlier version."""
    head = words.folder / "okay_house.onnx"
    better = replace(WORD, recordings=5, gain=GAIN)
    words.save_candidate(better, b"better")
    waiting = words.get("okay_house")
    assert (waiting.candidate, waiting.gain, waiting.recordings) == (GAIN, None, 0)
    assert (head.read_bytes(), waiting.can_undo) == (b"first", False)

    words.rename("okay_house", "Hal")
    accepted = words.accept("okay_house")
    assert (accepted.candidate, accepted.gain) == (None, GAIN)
    assert (accepted.phrase, accepted.recordings) == ("Hal", 5)
    assert head.read_bytes() == b"better"
    with pytest.raises(RequestError, match="accept"):
        words.accept("okay_house")
    # As after a crash: accepted, but still waiting.
    words.save_candidate(better, b"better")
    words.accept("okay_house")

    undone = words.undo("okay_house")
    assert (undone.phrase, undone.recordings, undone.gain) == ("Hal", 0, None)
    assert head.read_bytes() == b"first"


def test_improvement_is_discarded(words: MadeWords) -> None:
    """Nothing is left of it."""
    words.save_candidate(replace(WORD, gain=GAIN), b"better")
    assert words.discard("okay_house") == replace(WORD, kept=NOTHING)
    assert not list(words.folder.glob(".*"))


def test_word_is_renamed_and_deleted(words: MadeWords) -> None:
    """A new name keeps the ID; nothing is left of a deleted word."""
    for kind in SoundKind:
        words.add_sound("okay_house", kind, np.ones(8_000, np.int16))
    words.save_candidate(WORD, b"better")
    words.save(WORD, b"second")
    assert words.rename("okay_house", " Hal ").phrase == "Hal"
    with pytest.raises(RequestError):
        words.rename("okay_house", " ")
    words.delete("okay_house")
    assert not list(words.folder.iterdir())
    with pytest.raises(UnknownWordError):
        words.get("okay_house")


@pytest.mark.parametrize("word", ["../okay_house", "nobody", ""])
def test_other_names_lead_nowhere(words: MadeWords, word: str) -> None:
    """An ID never leads out of the folder."""
    (words.folder.parent / "okay_house.json").write_text("{}")
    if word.startswith(".."):
        assert words.get(word).id == "okay_house"
        return
    with pytest.raises(UnknownWordError):
        words.get(word)


@pytest.mark.parametrize(
    "made",
    [
        None,
        [],
        {},
        {"text": "a", "language": "en", "made_at": "soon", "expected": {}},
        {"text": "a", "language": "en", "made_at": 1, "expected": 5, "recordings": 0},
        {"text": "a", "language": "en", "made_at": 1, "expected": [1], "recordings": 0},
        {
            "text": "a",
            "language": "en",
            "made_at": 1,
            "expected": {},
            "recordings": 1e9,
        },
        {
            "text": "a",
            "language": "en",
            "made_at": 1,
            "expected": {},
            "recordings": "x",
        },
    ],
    ids=str,
)
def test_a_damaged_word_does_not_hide_the_others(
    words: MadeWords, made: object
) -> None:
    """Whatever its file says, the other words are listed and can be used."""
    path = words.folder / "other.json"
    path.write_text(json.dumps({"wake_word": "a", "made": made}))
    assert replace(WORD, kept=NOTHING) in words.all()
    assert words.get("okay_house") == replace(WORD, kept=NOTHING)


def test_half_an_undo_is_completed(words: MadeWords) -> None:
    """A program that was killed in the middle leaves no word that is half old."""
    words.save(replace(WORD, recordings=3), b"second")
    (words.folder / ".before-okay_house.onnx").replace(words.folder / "okay_house.onnx")
    assert words.undo("okay_house") == replace(WORD, kept=NOTHING)
    assert (words.folder / "okay_house.onnx").read_bytes() == b"first"


def test_all_of_a_word_is_on_the_disk_before_it_counts(
    words: MadeWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the network before or the new one, not an empty file."""
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.pread(file, 99, 0)))
    words.save(WORD, b"second")
    words.add_sound("okay_house", SoundKind.RECORDING, np.ones(100, np.int16))
    assert b"second" in synced
    assert any(content.startswith(b"RIFF") for content in synced)


def test_a_full_disk_leaves_the_word_as_it_was(
    words: MadeWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be stored is told, and leaves nothing behind."""

    def refuse(_handle: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in words.folder.iterdir()}
    monkeypatch.setattr(os, "fsync", refuse)
    for change in (
        lambda: words.save(WORD, b"second"),
        lambda: words.rename("okay_house", "Hal"),
        lambda: words.add_sound(
            "okay_house", SoundKind.RECORDING, np.ones(100, np.int16)
        ),
    ):
        with pytest.raises(JsonFileError, match="No space left"):
            change()
    words.delete_sounds("okay_house")
    assert {path.name: path.read_bytes() for path in words.folder.iterdir()} == before


def test_leftovers_are_found_in_all_folders(words: MadeWords) -> None:
    """What a killed program left is deleted at the next start of the server."""
    words.add_sound("okay_house", SoundKind.RECORDING, np.ones(100, np.int16))
    folders = words.folders()
    assert len(folders) == 2
    for folder, name in zip(folders, ("okay_house.onnx", "5.wav"), strict=True):
        left = folder / f".{name}.a1b2c3d4"
        left.write_bytes(b"half")
        os.utime(left, (0, 0))
        kept = set(folder.iterdir()) - {left}
        remove_leftovers(folder)
        assert set(folder.iterdir()) == kept

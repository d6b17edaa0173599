"""Test the store of wake words that were made here."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.errors import RequestError
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

"""Test the store of wake words that were made here."""

from pathlib import Path

import numpy as np
import pytest

from hearken_speech.errors import RequestError
from hearken_speech.wake.errors import UnknownWordError
from hearken_speech.wake.made import MadeWord, MadeWords

WORD = MadeWord(
    id="okay_house",
    phrase="okay house",
    text="Okay house",
    language="en",
    made_at=1.0,
    expected={"missed_percent": 1.0},
)


@pytest.fixture
def words(tmp_path: Path) -> MadeWords:
    """Return a store with one word."""
    words = MadeWords(tmp_path)
    words.save(WORD, b"first")
    return words


def test_word_survives_with_its_source(words: MadeWords, tmp_path: Path) -> None:
    """Another process, or a restored backup, reads the same."""
    assert MadeWords(tmp_path).all() == [WORD]
    assert (words.folder / "okay_house.onnx").read_bytes() == b"first"


def test_improvement_can_be_undone(words: MadeWords) -> None:
    """The head and what is said of it go back together."""
    words.save(MadeWord(**{**WORD.as_dict(), "recordings": 3}), b"second")
    assert (words.get("okay_house").recordings, words.get("okay_house").can_undo) == (
        3,
        True,
    )
    words.undo("okay_house")
    assert words.get("okay_house") == WORD
    assert (words.folder / "okay_house.onnx").read_bytes() == b"first"
    with pytest.raises(RequestError, match="earlier"):
        words.undo("okay_house")


def test_word_is_renamed_and_deleted(words: MadeWords) -> None:
    """A new name keeps the ID; nothing is left of a deleted word."""
    words.add_recording("okay_house", np.ones(8_000, np.int16))
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

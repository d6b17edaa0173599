"""Test who is taken for the speaker of a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.owner_words import own_voice, speakers
from benchmarks.owner_words.speakers import Spoken
from hearken_speech.audio import wav
from hearken_speech.wake.making.phrase import Phrase

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

ABOUT = json.loads(Path(speakers.__file__).with_name("people.json").read_text("utf-8"))
FEWEST = 12


@pytest.mark.parametrize("word", speakers.WORDS)
def test_nobody_speaks_for_another(word: str) -> None:
    """Each recording has one speaker, and each speaker enough to learn and judge."""
    people = [" ".join(lines).split() for lines in ABOUT[word]["people"].values()]
    assert min(map(len, people)) >= FEWEST
    names = [name for person in people for name in person]
    assert len(names) == len(set(names))
    assert {len(name) for name in names} == {8}


def test_speakers_are_found_by_the_names_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is not listed is nobody known, and counts among the others."""
    monkeypatch.setenv("HEARKEN_FREE_SPEECH", str(tmp_path))
    about = ABOUT["computer"]
    known = about["people"]["A"][0].split()[0]
    folder = tmp_path / about["folder"]
    folder.mkdir(parents=True)
    for name in (known, "ffffffff"):
        path = folder / f"computer-en-{name}-ce0f-403a-b30d-0ced99f1e44e.wav"
        path.write_bytes(wav.encode(np.zeros(1_600, np.int16)))
    (folder / "README.md").write_text("No recording.")
    found = speakers.spoken("computer")
    assert (found.speakers, found.people) == (["A", ""], ["A"])
    assert (found.of("A"), found.others("A")) == ([0], [1])


def _word(level: int) -> Samples:
    """Return half a second of sound in a quiet room."""
    tone = level * np.sin(np.arange(8_000) / 9)
    return np.pad(tone, 8_000).astype(np.int16)


def test_what_the_product_refuses_is_not_learned() -> None:
    """The first five and the last five are among those that it takes."""
    levels = [9_000, 0, *[9_000] * 10, 0]
    said = Spoken(
        Phrase("computer", "en"), [_word(level) for level in levels], ["A"] * 13
    )
    draws = own_voice.draws(said, "A")
    assert list(draws["first"]) == [0, 2, 3, 4, 5]
    assert list(draws["last"]) == [7, 8, 9, 10, 11]

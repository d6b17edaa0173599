"""Test the command line of wake words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.wake.made import MadeWord, MadeWords
from hearken_speech.wake.making import cli

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_improve_takes_the_word_and_then_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The word is found; what is refused is its recording."""
    word = MadeWord(
        id="okay_house",
        phrase="okay house",
        text="okay house",
        language="en",
        made_at=1.0,
        expected={},
    )
    MadeWords(tmp_path).save(word, b"head")
    recording = tmp_path / "said.wav"
    recording.write_bytes(wav.encode(np.zeros(16_000, np.int16)))
    command = ["improve", "okay_house", str(recording), "--json"]
    assert cli.run([*command, "--data-dir", str(tmp_path)], tmp_path) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "too_quiet"

"""Test reading the recordings of people."""

import json
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio import wav
from training import people


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with recordings of two kinds."""
    labels = {
        "short_en/yes.wav": {"text": "Yes"},
        "commands_en/order.wav": {"slots": {"drink": "black  coffee"}},
        **{f"sounds/{n}.wav": {} for n in range(20)},
    }
    for name in labels:
        path = tmp_path / "people" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav.encode(np.full(160_000, 0.1, np.float32)))
    (tmp_path / "people" / "labels.json").write_text(json.dumps(labels))
    monkeypatch.setenv("HEARKEN_TEST_AUDIO", str(tmp_path))
    return tmp_path


def test_recordings_have_their_words(folder: Path) -> None:
    """Words are written as the model writes them; long recordings are cut."""
    assert folder.exists()
    (short,) = people.recordings("short_en")
    (order,) = people.recordings("commands_en")

    assert (short.text, order.text) == ("yes", "black coffee")
    assert short.sound.size == 7.5 * 16_000


def test_noise_for_training_chooses_no_model(folder: Path) -> None:
    """A sound is either noise in training or part of the development set."""
    assert folder.exists()
    sounds = list(people.recordings("sounds"))

    assert len(sounds) == 20
    assert 0 < len(people.noise()) == sum(not one.chooses for one in sounds) < 20


def test_a_clone_without_recordings_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the folder, there are no recordings and no error."""
    monkeypatch.setenv("HEARKEN_TEST_AUDIO", str(tmp_path))

    assert list(people.recordings("short_en")) == []
    assert people.noise() == []

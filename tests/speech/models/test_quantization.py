"""Test that weights are converted exactly as CTranslate2 does it on loading."""

import shutil
import struct
from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from hearken_speech.models.quantization import quantize
from tests.simulators import random_whisper

PROMPT = [50_258, 50_259, 50_359, 50_363]


@pytest.fixture(name="folder", scope="module", params=["float16", "float32"])
def folder_fixture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a model with weights that are no integers."""
    folder = tmp_path_factory.mktemp("weights") / "model"
    return random_whisper.make(folder, "toy", quantization=request.param)


def _results(folder: Path) -> tuple[np.ndarray, list[list[int]], list[float]]:
    """Return what a model makes of noise."""
    whisper = ctranslate2.models.Whisper(str(folder), compute_type="int8")
    noise = np.random.default_rng(0).normal(0, 1, (1, 80, 400)).astype(np.float32)
    encoded = whisper.encode(ctranslate2.StorageView.from_array(noise))
    (result,) = whisper.generate(
        encoded, [PROMPT], num_hypotheses=5, return_scores=True, max_length=20
    )
    return np.array(encoded), result.sequences_ids, result.scores


def test_nothing_changes_but_the_size(folder: Path, tmp_path: Path) -> None:
    """Encodings, texts and scores are equal to the last bit."""
    new = shutil.copytree(folder, tmp_path / "new")
    assert quantize(folder / "model.bin", new / "model.bin")
    ratio = (new / "model.bin").stat().st_size / (folder / "model.bin").stat().st_size
    assert ratio < 0.65
    before, after = _results(folder), _results(new)
    assert np.array_equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_there_is_nothing_to_do_twice(folder: Path, tmp_path: Path) -> None:
    """A file with integers is left as it is."""
    first, second = tmp_path / "first", tmp_path / "second"
    assert quantize(folder / "model.bin", first)
    assert not quantize(first, second)
    assert not second.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        struct.pack("<I", 99),
        struct.pack("<IH", 6, 2) + b"x\0" + struct.pack("<II", 3, 0xFFFFFFFF),
        struct.pack("<IH", 6, 2) + b"x\0" + struct.pack("<III", 3, 1, 0xFFFFFFFF),
    ],
)
def test_unknown_formats_are_left_alone(tmp_path: Path, content: bytes) -> None:
    """Whatever a file contains, nothing is written that would not be a model."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    assert not quantize(source, target)
    assert not target.exists()

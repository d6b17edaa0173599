"""Published Whisper weights, where this machine has them."""

from pathlib import Path

import pytest

from benchmarks.common import weights
from hearken_speech.models import LoadOptions, load_model
from hearken_speech.stt.engine import WhisperEngine


def folder(name: str) -> Path:
    """Return the folder of weights such as ``tiny.en``, or skip the test."""
    found = weights.find(name)
    if found is None:
        pytest.skip(f"the weights of {name} are not here: run scripts/weights {name}")
    return found


def engine(name: str) -> WhisperEngine:
    """Return a published model as the server loads it, or skip the test."""
    return WhisperEngine(load_model(folder(name), LoadOptions(compute_type="int8")))

"""A model for the tests of models."""

from pathlib import Path

import pytest

from tests.simulators import random_whisper


@pytest.fixture(scope="module")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a multilingual model with random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")

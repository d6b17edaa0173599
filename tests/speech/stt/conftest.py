"""Models that the tests of speech to text share."""

from pathlib import Path

import pytest

from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.library import Library
from hearken_speech.stt.loading import EMBEDDED_MODEL, LoadOptions, load_model
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.vad.silero import SileroModel
from tests.simulators import random_whisper


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhisperEngine:
    """Return the embedded model."""
    library = Library(tmp_path_factory.mktemp("models"))
    return library.loader(EMBEDDED_MODEL, LoadOptions())()


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a multilingual model of random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")


@pytest.fixture(scope="session")
def toy(toy_folder: Path) -> WhisperEngine:
    """Return a multilingual model of random weights."""
    return WhisperEngine(load_model(toy_folder))


@pytest.fixture(scope="session")
def vad() -> SileroModel:
    """Return the voice activity model."""
    return SileroModel()


@pytest.fixture(scope="session")
def pronouncer() -> Pronouncer:
    """Return what pronounces words, with its memory."""
    made = Pronouncer()
    if not made.speaks:
        pytest.skip("espeak-ng is not installed")
    return made

"""Fixtures shared by the tests of the speech package."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hearken_speech.models import EMBEDDED_MODEL, Library, LoadOptions, load_model
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.vad.silero import SileroModel
from tests import real_weights
from tests.simulators import random_whisper

from .program import Server


@pytest.fixture(name="shared_server", scope="session")
def shared_server_fixture(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server for all tests, which leave it as they found it."""
    with Server(tmp_path_factory.mktemp("server"), "--name", "Test server") as server:
        yield server.wait_until_ready()
        assert server.end() == 0, server.log
        assert "Traceback" not in server.log, server.log


@pytest.fixture(name="server")
def server_fixture(shared_server: Server) -> Iterator[Server]:
    """Return the shared server; fail the test if the server has logged a bug."""
    before = len(shared_server.log)
    yield shared_server
    assert shared_server.running, shared_server.log[before:]
    assert "Traceback" not in shared_server.log[before:], shared_server.log[before:]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhisperEngine:
    """Return the embedded model."""
    library = Library(tmp_path_factory.mktemp("models"))
    return library.loader(EMBEDDED_MODEL, LoadOptions())()


@pytest.fixture(scope="session")
def tiny_en() -> WhisperEngine:
    """Return the published model tiny.en; skip where its weights are missing."""
    return real_weights.engine("tiny.en")


@pytest.fixture(scope="session")
def base() -> WhisperEngine:
    """Return the published model base; skip where its weights are missing."""
    return real_weights.engine("base")


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a multilingual model with random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")


@pytest.fixture(scope="session")
def toy(toy_folder: Path) -> WhisperEngine:
    """Return a multilingual model with random weights."""
    return WhisperEngine(load_model(toy_folder))


@pytest.fixture(scope="session")
def vad() -> SileroModel:
    """Return the voice activity detection model."""
    return SileroModel()


@pytest.fixture(scope="session")
def pronouncer() -> Pronouncer:
    """Return the pronouncer with its cache."""
    made = Pronouncer()
    if not made.speaks:
        pytest.skip("espeak-ng is not installed")
    return made

"""The recogniser goes on, whatever is wrong with models, disks and hubs."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.protocol import EmptyReason, Vocabulary
from hearken_speech.server import recognizer as module
from hearken_speech.server.recognizer import Recognizer, RecognizerOptions
from hearken_speech.server.speech import SpeechListener, SpeechRequest
from hearken_speech.stt.loading import EMBEDDED_MODEL
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.transcriber import Request
from tests.simulators import random_whisper
from tests.simulators.model_hub import running
from tests.simulators.voices import join, say, silence

LIMIT_SECONDS = 30
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a multilingual model of random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")


@asynccontextmanager
async def _started(options: RecognizerOptions) -> AsyncIterator[Recognizer]:
    """Run a recogniser as the server does."""
    recognizer = Recognizer(options)
    try:
        await recognizer.start()
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(recognizer.load_configured())
            yield recognizer
            keeping.cancel()
    finally:
        recognizer.close()


async def _until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


def _shorten(folder: Path) -> None:
    """Leave out the last part of the vocabulary."""
    path = next(folder.glob("vocabulary.*"))
    path.write_text(json.dumps(json.loads(path.read_text())[:-1_600]))


def _confuse(folder: Path) -> None:
    """Write something else into the settings."""
    (folder / "config.json").write_text("[]")


@pytest.mark.parametrize("harm", [_shorten, _confuse])
async def test_bad_model_of_the_owner_is_told(
    tmp_path: Path, toy: Path, harm: Callable[[Path], None]
) -> None:
    """The embedded model serves instead, and the server lives."""
    own = shutil.copytree(toy, tmp_path / "own")
    harm(own)
    options = RecognizerOptions(model=str(own), folder=tmp_path / "models")
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.trouble == "failed")
        assert recognizer.problem
        assert recognizer.manager.model == EMBEDDED_MODEL
        assert recognizer.model is not None


async def test_folder_that_takes_nothing(tmp_path: Path) -> None:
    """Neither a model nor a measurement can be kept there."""
    (tmp_path / "file").touch()
    options = RecognizerOptions(
        model="auto", folder=tmp_path / "file" / "models", language="de"
    )
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.trouble is not None)
        assert recognizer.manager.model == EMBEDDED_MODEL
        assert not recognizer.loading


async def test_hub_out_of_reach_is_told_and_tried_again(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the way to the internet is often there last of all."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = RecognizerOptions(model="tiny-int8", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        async with _started(options) as recognizer:
            await _until(lambda: recognizer.trouble == "unreachable")
            assert recognizer.manager.model == EMBEDDED_MODEL
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await _until(lambda: recognizer.manager.model == "tiny-int8")
            await _until(lambda: recognizer.problem is None)


async def test_embedded_model_instead_of_a_better_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows English, and it is not what was wanted."""
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    options = RecognizerOptions(model="auto", folder=tmp_path / "models", language="en")
    async with _started(options) as recognizer:
        await recognizer.choose(["en"], budget_seconds=30, memory_limit_mb=220)
        assert recognizer.manager.model == EMBEDDED_MODEL
        assert recognizer.trouble == "unreachable"
        assert "check the network" in (recognizer.problem or "")


async def test_later_wish_does_not_wait_for_a_download(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner chooses a model that is here while another one is on its way."""
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")
    shutil.copytree(toy, tmp_path / "models" / "own")
    with running(tmp_path / "hub") as hub:
        hub.behaviour.pause_after_bytes = 700_000
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        options = RecognizerOptions(model="tiny-int8", folder=tmp_path / "models")
        async with _started(options) as recognizer:
            await _until(hub.paused.is_set)
            asked = asyncio.create_task(recognizer.use("own"))
            await asyncio.sleep(0.1)
            # The pieces that still come are the last ones.
            hub.go_on.set()
            await asyncio.wait_for(asked, LIMIT_SECONDS)
            assert recognizer.manager.model == "own"
            assert recognizer.problem is None
            assert not recognizer.loading
            assert not recognizer.manager.library.has("tiny-int8")


async def test_command_keeps_the_model_that_it_began_with(
    tmp_path: Path, toy: Path
) -> None:
    """A language of the model before is understood until the command is over."""
    shutil.copytree(toy, tmp_path / "models" / "own")
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with _started(options) as recognizer:
        await recognizer.use("own")
        recognizer.check("de")

        async def send(_: object) -> None:
            """Hear nothing."""

        wanted = SpeechRequest(request=Request(language="de"))
        listener = SpeechListener(wanted, recognizer, send)
        await recognizer.delete("own")
        assert recognizer.manager.model == EMBEDDED_MODEL
        listener.feed(join(say("turn on the light"), silence(0.5)))
        listener.stop()
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.transcription.model == "own"
        assert result.transcription.language == "de"


async def test_names_are_pronounced_when_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first command finds them ready."""
    made: list[tuple[str, ...]] = []

    def make(names: Sequence[str], language: str, pronouncer: Pronouncer) -> NameIndex:
        index = NameIndex(names, language, pronouncer)
        made.append((language, *names))
        return index

    monkeypatch.setattr("hearken_speech.stt.transcriber.NameIndex", make)
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with _started(options) as recognizer:
        names = ("Zephyr lamp", "Ficus spotlight")
        recognizer.store(Vocabulary(key="house", names=names))
        await _until(lambda: made == [("en", *names)])


async def test_sound_rests_no_longer_than_to_the_next_look(tmp_path: Path) -> None:
    """A pause is noticed when it is one."""
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with _started(options) as recognizer:

        async def send(_: object) -> None:
            """Hear nothing."""

        listener = SpeechListener(SpeechRequest(request=Request()), recognizer, send)
        rests: list[float] = []
        while rest := listener.rest_seconds:
            rests.append(rest)
            listener.feed(np.zeros(160, np.int16))
        assert rests[0] == pytest.approx(0.1)
        assert rests == sorted(rests, reverse=True)
        # Each piece is 10 ms, and after the last one it is time to look.
        for left, rest in enumerate(reversed(rests), start=1):
            assert rest <= left / 100 + 1e-9
        listener.stop()
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.transcription.empty_reason is EmptyReason.NO_SPEECH

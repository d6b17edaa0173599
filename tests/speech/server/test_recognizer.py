"""Test commands and names while models change."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.errors import BusyError
from hearken_speech.models import EMBEDDED_MODEL
from hearken_speech.protocol import (
    EmptyReason,
    EndReason,
    TranscribeOptions,
    Vocabulary,
)
from hearken_speech.server.speech import SpeechListener
from hearken_speech.server.speech_request import SpeechRequest
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.pool import Priority
from hearken_speech.stt.recording import Recording
from hearken_speech.stt.transcription import Request
from tests.simulators import random_whisper
from tests.simulators.voices import join, say, silence
from tests.speech.server.recognizing import (
    LIMIT_SECONDS,
    recognizer_options,
    started,
    until,
)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a multilingual model with random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")


async def _send(_: object) -> None:
    """Ignore an event."""


async def test_command_keeps_the_model_that_it_began_with(
    tmp_path: Path, toy: Path
) -> None:
    """A request keeps the model that was in use when it started."""
    shutil.copytree(toy, tmp_path / "models" / "own")
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with started(options) as recognizer:
        await recognizer.models.use("own")
        recognizer.check("de")
        wanted = SpeechRequest(request=Request(language="de"))
        listener = SpeechListener(wanted, recognizer, _send)
        await recognizer.models.delete("own")
        assert recognizer.models.in_use == EMBEDDED_MODEL
        listener.add_audio(join(say("turn on the light"), silence(0.5)))
        listener.stop()
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.transcription.model == "own"
        assert result.transcription.language == "de"


async def test_names_are_pronounced_when_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first command finds the names prepared."""
    made: list[tuple[str, ...]] = []

    def make(names: Sequence[str], language: str, pronouncer: Pronouncer) -> NameIndex:
        index = NameIndex(names, language, pronouncer)
        made.append((language, *names))
        return index

    monkeypatch.setattr("hearken_speech.stt.name_indexes.NameIndex", make)
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with started(options) as recognizer:
        names = ("Zephyr lamp", "Ficus spotlight")
        recognizer.store(Vocabulary(key="house", names=names), is_trusted=True)
        await until(lambda: made == [("en", *names)])


async def test_sound_rests_no_longer_than_to_the_next_look(tmp_path: Path) -> None:
    """Audio is left unread only until the next check."""
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with started(options) as recognizer:
        listener = SpeechListener(SpeechRequest(request=Request()), recognizer, _send)
        rests: list[float] = []
        while not rests or listener.rest_seconds <= rests[-1]:
            rests.append(listener.rest_seconds)
            listener.add_audio(np.zeros(160, np.int16))
        assert rests[0] == pytest.approx(0.1)
        # Each piece is 10 ms, and the check is due after the last one.
        for left, rest in enumerate(reversed(rests), start=1):
            assert rest <= left / 100 + 1e-9
        listener.add_audio(np.zeros(1_600, np.int16))
        listener.stop()
        assert listener.rest_seconds == 0
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.transcription.empty_reason is EmptyReason.NO_SPEECH


@pytest.mark.parametrize("endpointing", [True, False])
async def test_pause_that_a_look_finds_ends_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, endpointing: bool
) -> None:
    """In a pause, the client's next event is read immediately."""
    monkeypatch.setattr("hearken_speech.server.speech._REST_SECONDS", 1e6)
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    wanted = SpeechRequest(
        request=Request(), options=TranscribeOptions(endpointing=endpointing)
    )
    async with started(options) as recognizer:
        listener = SpeechListener(wanted, recognizer, _send)
        running = asyncio.create_task(listener.run())
        listener.add_audio(join(say("turn on the light"), silence(0.4)))
        assert listener.rest_seconds == pytest.approx(1e6)
        await asyncio.wait_for(listener.rest(), LIMIT_SECONDS)
        assert not running.done()
        assert listener.rest_seconds == 0
        listener.add_audio(silence(1.0))
        listener.stop()
        result = await asyncio.wait_for(running, LIMIT_SECONDS)
        assert result.transcription.text == "turn on the light"


async def test_idle_model_leaves_the_memory_and_comes_back(tmp_path: Path) -> None:
    """The next command loads the model again."""
    options = recognizer_options(
        model=EMBEDDED_MODEL, folder=tmp_path / "models", unload_after_seconds=0.1
    )
    text = "turn on the kitchen light"
    async with started(options) as recognizer:
        await until(lambda: not recognizer.models.loaded_engine)
        recording = Recording.of(join(silence(0.3), say(text), silence(0.5)), 80)
        pinned = recognizer.pin_model()
        assert pinned.engine is None
        future = recognizer.submit(
            recording, Request(language="en"), Priority.FINAL, pinned
        )
        assert (await recognizer.result(future)).text == text


async def test_names_are_made_ready_while_a_command_is_spoken(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are prepared in the language of the command."""
    made: list[str] = []

    def make(names: Sequence[str], language: str, pronouncer: Pronouncer) -> NameIndex:
        made.append(language)
        return NameIndex(names, language, pronouncer)

    monkeypatch.setattr("hearken_speech.stt.name_indexes.NameIndex", make)
    options = recognizer_options(model=str(toy), folder=tmp_path / "models")
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.in_use == toy.name)
        await until(lambda: not recognizer.models.loading)
        recognizer.expect(())
        recognizer.check("de-AT")
        recognizer.expect(("Stehlampe",))
        await until(lambda: made == ["de"])


async def test_silence_is_answered_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording without speech needs neither a decoder nor a model."""
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    wanted = SpeechRequest(
        request=Request(language="en-GB"), options=TranscribeOptions(endpointing=True)
    )
    async with started(options) as recognizer:

        def busy(*_: object) -> object:
            raise BusyError

        monkeypatch.setattr(recognizer, "submit", busy)
        listener = SpeechListener(wanted, recognizer, _send)
        listener.add_audio(silence(6.0))
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.reason is EndReason.NOTHING_HEARD
        assert result.transcription.empty_reason is EmptyReason.NO_SPEECH
        assert result.transcription.language == "en-GB"
        assert result.transcription.model == EMBEDDED_MODEL

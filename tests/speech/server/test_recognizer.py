"""The recogniser goes on, whatever is wrong with models, disks and hubs."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.errors import BusyError, ModelError
from hearken_speech.protocol import (
    EmptyReason,
    EndReason,
    TranscribeOptions,
    Vocabulary,
)
from hearken_speech.server import recognizer as module
from hearken_speech.server.recognizer import Recognizer, RecognizerOptions
from hearken_speech.server.speech import SpeechListener, SpeechRequest
from hearken_speech.store import StoreError
from hearken_speech.stt.errors import UnknownModelError
from hearken_speech.stt.loading import EMBEDDED_MODEL
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.pool import Priority
from hearken_speech.stt.transcriber import Recording, Request
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
        # It does not wait for its threads, but they end.
        await _until(
            lambda: not any(t.name.startswith("stt-") for t in threading.enumerate())
        )


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
        # What cannot be kept holds until the server ends.
        await recognizer.use(EMBEDDED_MODEL)
        assert recognizer.problem is None


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


async def _send(_: object) -> None:
    """Hear nothing."""


async def test_command_keeps_the_model_that_it_began_with(
    tmp_path: Path, toy: Path
) -> None:
    """A language of the model before is understood until the command is over."""
    shutil.copytree(toy, tmp_path / "models" / "own")
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with _started(options) as recognizer:
        await recognizer.use("own")
        recognizer.check("de")
        wanted = SpeechRequest(request=Request(language="de"))
        listener = SpeechListener(wanted, recognizer, _send)
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
        listener = SpeechListener(SpeechRequest(request=Request()), recognizer, _send)
        rests: list[float] = []
        while not rests or listener.rest_seconds <= rests[-1]:
            rests.append(listener.rest_seconds)
            listener.feed(np.zeros(160, np.int16))
        assert rests[0] == pytest.approx(0.1)
        # Each piece is 10 ms, and after the last one it is time to look.
        for left, rest in enumerate(reversed(rests), start=1):
            assert rest <= left / 100 + 1e-9
        listener.stop()
        assert listener.rest_seconds == 0
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.transcription.empty_reason is EmptyReason.NO_SPEECH


@pytest.mark.parametrize("endpointing", [True, False])
async def test_pause_that_a_look_finds_ends_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, endpointing: bool
) -> None:
    """The client's next word is read at once: it may say that the command is whole."""
    monkeypatch.setattr("hearken_speech.server.speech._REST_SECONDS", 1e6)
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    wanted = SpeechRequest(
        request=Request(), options=TranscribeOptions(endpointing=endpointing)
    )
    async with _started(options) as recognizer:
        listener = SpeechListener(wanted, recognizer, _send)
        running = asyncio.create_task(listener.run())
        listener.feed(join(say("turn on the light"), silence(0.4)))
        assert listener.rest_seconds == pytest.approx(1e6)
        await asyncio.wait_for(listener.rest(), LIMIT_SECONDS)
        assert not running.done()
        assert listener.rest_seconds == 0
        listener.feed(silence(1.0))
        listener.stop()
        result = await asyncio.wait_for(running, LIMIT_SECONDS)
        assert result.transcription.text == "turn on the light"


async def test_named_model_out_of_reach_is_tried_again(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner chose it while the line was down."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = RecognizerOptions(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        async with _started(options) as recognizer:
            await recognizer.use("tiny-int8")
            assert recognizer.trouble == "unreachable"
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await _until(lambda: recognizer.manager.model == "tiny-int8")
            await _until(lambda: recognizer.problem is None)


async def test_wish_that_cannot_be_kept_is_tried_again(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds until the server ends, and says so until it is fulfilled."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")

    def fail(*_: object) -> None:
        msg = "disk full"
        raise StoreError(msg)

    monkeypatch.setattr("hearken_speech.server.wanted.store.save", fail)
    options = RecognizerOptions(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        async with _started(options) as recognizer:
            await recognizer.choose(["de"], budget_seconds=30, memory_limit_mb=180)
            await _until(lambda: recognizer.trouble == "unreachable")
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await _until(lambda: recognizer.manager.model == "tiny-int8")


async def test_limits_of_the_server_hold_for_choices(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant tells languages alone; the owner of the server sets the rest."""
    for name in ("tiny", "base"):
        shutil.copytree(toy, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = RecognizerOptions(
        model="auto",
        folder=tmp_path / "models",
        budget_seconds=30,
        memory_limit_mb=180,
    )
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with _started(options) as recognizer:
            await recognizer.choose(["de"])
            assert recognizer.manager.model == "tiny-int8"
            await recognizer.choose(["de"], memory_limit_mb=220)
            assert recognizer.manager.model == "base-int8"


async def test_other_limits_ask_for_another_choice(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is started with other options keeps to them."""
    for name in ("tiny", "base"):
        shutil.copytree(toy, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = RecognizerOptions(
        model="auto", folder=tmp_path / "models", budget_seconds=30, memory_limit_mb=180
    )
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with _started(options) as recognizer:
            await recognizer.choose(["de"])
            assert recognizer.manager.model == "tiny-int8"
        # What was wished stands; more memory is allowed for it now.
        async with _started(replace(options, memory_limit_mb=220)) as recognizer:
            await _until(lambda: recognizer.manager.model == "base-int8")
            assert recognizer.languages == ("de",)
        # Another language of the server's own is a new beginning.
        async with _started(replace(options, language="zh")) as recognizer:
            await _until(lambda: recognizer.languages == ("zh",))


async def test_idle_model_leaves_the_memory_and_comes_back(tmp_path: Path) -> None:
    """The next command waits for it, and is understood."""
    options = RecognizerOptions(
        model=EMBEDDED_MODEL, folder=tmp_path / "models", idle_seconds=0.1
    )
    text = "turn on the kitchen light"
    async with _started(options) as recognizer:
        await _until(lambda: not recognizer.manager.slot.loaded)
        recording = Recording.of(join(silence(0.3), say(text), silence(0.5)), 80)
        kept = recognizer.keep()
        assert kept.engine is None
        future = recognizer.submit(
            recording, Request(language="en"), Priority.FINAL, kept
        )
        assert (await recognizer.result(future)).text == text


async def test_deleted_model_of_the_own_language_gives_way(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The house keeps a model that knows its language, and nothing is fetched again."""
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    for name in ("tiny", "base"):
        shutil.copytree(toy, tmp_path / "models" / f"{name}-int8")
    options = RecognizerOptions(
        model="auto",
        folder=tmp_path / "models",
        language="de",
        budget_seconds=30,
        memory_limit_mb=220,
    )
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.manager.model == "base-int8")
        await recognizer.delete("base-int8")
        assert recognizer.manager.model == "tiny-int8"
        recognizer.check("de")
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.manager.model == "tiny-int8")
        assert recognizer.problem is None


@pytest.mark.parametrize("came", [0, 700_000])
async def test_wish_is_given_up_by_deleting_it(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch, came: int
) -> None:
    """No trouble is left, whether or not some of the model had come."""
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = RecognizerOptions(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address if came else NOWHERE)
        hub.behaviour.cut_after_bytes = came
        async with _started(options) as recognizer:
            await recognizer.use("tiny-int8")
            assert recognizer.trouble == "unreachable"
            await recognizer.delete("tiny-int8")
            assert recognizer.problem is recognizer.trouble is None
            assert recognizer.manager.unfinished == {}
            with pytest.raises(UnknownModelError):
                await recognizer.delete("tiny-int8")
        async with _started(options) as recognizer:
            await _until(lambda: not recognizer.loading)
            assert recognizer.problem is None


async def test_model_that_fits_needs_no_more_room(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner took a smaller model, as the repair says."""
    for name in ("tiny", "base"):
        shutil.copytree(toy, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = RecognizerOptions(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with _started(options) as recognizer:
            before = recognizer.manager.needed_bytes
            hub.behaviour.claimed_bytes = 1 << 60
            await recognizer.use("base-int8")
            assert recognizer.trouble == "no_space"
            assert recognizer.manager.needed_bytes > 1 << 60
            await recognizer.use(EMBEDDED_MODEL)
            assert recognizer.manager.needed_bytes == before


async def test_model_that_is_overtaken_is_not_loaded(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many wishes the last one counts; measuring does not wait for them."""
    for number in range(5):
        shutil.copytree(toy, tmp_path / "models" / f"own-{number}")
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with _started(options) as recognizer:
        loaded: list[str] = []
        begun, go_on = threading.Event(), threading.Event()
        use = recognizer.manager.use

        def slowly(name: str) -> object:
            loaded.append(name)
            begun.set()
            assert go_on.wait(LIMIT_SECONDS)
            return use(name)

        monkeypatch.setattr(recognizer.manager, "use", slowly)
        uses = [asyncio.create_task(recognizer.use("own-0"))]
        await _until(begun.is_set)
        uses += [asyncio.create_task(recognizer.use(f"own-{n}")) for n in range(1, 5)]
        await asyncio.sleep(0)
        with pytest.raises(ModelError, match="measure again"):
            await recognizer.measure(EMBEDDED_MODEL)
        go_on.set()
        await asyncio.wait_for(asyncio.gather(*uses), LIMIT_SECONDS)
        assert loaded == ["own-0", "own-4"]
        assert recognizer.manager.model == "own-4"
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.manager.model == "own-4")


async def test_names_are_made_ready_while_a_command_is_spoken(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the language of that command, which may be the first one of its language."""
    made: list[str] = []

    def make(names: Sequence[str], language: str, pronouncer: Pronouncer) -> NameIndex:
        made.append(language)
        return NameIndex(names, language, pronouncer)

    monkeypatch.setattr("hearken_speech.stt.transcriber.NameIndex", make)
    options = RecognizerOptions(model=str(toy), folder=tmp_path / "models")
    async with _started(options) as recognizer:
        await _until(lambda: recognizer.manager.model == toy.name)
        recognizer.expect(())
        recognizer.check("de-AT")
        recognizer.expect(("Stehlampe",))
        await _until(lambda: made == ["de"])


async def test_silence_is_answered_without_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However busy the decoders are, and whether or not a model is in memory."""
    options = RecognizerOptions(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    wanted = SpeechRequest(
        request=Request(language="en-GB"), options=TranscribeOptions(endpointing=True)
    )
    async with _started(options) as recognizer:

        def busy(*_: object) -> object:
            raise BusyError

        monkeypatch.setattr(recognizer, "submit", busy)
        listener = SpeechListener(wanted, recognizer, _send)
        listener.feed(silence(6.0))
        result = await asyncio.wait_for(listener.run(), LIMIT_SECONDS)
        assert result.reason is EndReason.NOTHING_HEARD
        assert result.transcription.empty_reason is EmptyReason.NO_SPEECH
        assert result.transcription.language == "en-GB"
        assert result.transcription.model == EMBEDDED_MODEL

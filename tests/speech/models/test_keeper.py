"""Test keeping the wanted model despite problems with models, disks and hubs."""

import asyncio
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hearken_speech.errors import ModelError
from hearken_speech.json_file import JsonFileError
from hearken_speech.models import keeper as module
from hearken_speech.models.chooser import ModelChoice
from hearken_speech.models.errors import UnknownModelError
from hearken_speech.models.loading import EMBEDDED_MODEL
from hearken_speech.models.manager import ModelManager
from hearken_speech.server.recognizer import Recognizer
from tests.simulators.model_hub import running
from tests.speech.server.recognizing import (
    LIMIT_SECONDS,
    recognizer_options,
    started,
    threads_ended,
    until,
)

NOWHERE = "http://127.0.0.1:9"


def _shorten(folder: Path) -> None:
    """Remove the last part of the vocabulary."""
    path = next(folder.glob("vocabulary.*"))
    path.write_text(json.dumps(json.loads(path.read_text())[:-1_600]))


def _confuse(folder: Path) -> None:
    """Write invalid settings."""
    (folder / "config.json").write_text("[]")


@pytest.mark.parametrize("harm", [_shorten, _confuse])
async def test_bad_model_of_the_owner_is_told(
    tmp_path: Path, toy_folder: Path, harm: Callable[[Path], None]
) -> None:
    """The embedded model is used instead."""
    own = shutil.copytree(toy_folder, tmp_path / "own")
    harm(own)
    options = recognizer_options(model=str(own), folder=tmp_path / "models")
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.trouble == "failed")
        assert recognizer.models.problem
        assert recognizer.models.in_use == EMBEDDED_MODEL
        assert recognizer.models.model is not None


async def test_folder_that_takes_nothing(tmp_path: Path) -> None:
    """Neither models nor measurements can be stored."""
    (tmp_path / "file").touch()
    options = recognizer_options(
        model="auto", folder=tmp_path / "file" / "models", language="de"
    )
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.trouble is not None)
        assert recognizer.models.in_use == EMBEDDED_MODEL
        assert not recognizer.models.loading
        with pytest.raises(JsonFileError, match="cannot be written"):
            await recognizer.models.use(EMBEDDED_MODEL)
        assert recognizer.models.in_use == EMBEDDED_MODEL


def _out_of_reach(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set up an unreachable hub, with short delays between retries."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")


async def test_hub_out_of_reach_is_told_and_tried_again(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut, the internet often comes back last."""
    _out_of_reach(tmp_path, toy_folder, monkeypatch)
    options = recognizer_options(model="tiny-int8", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        async with started(options) as recognizer:
            await until(lambda: recognizer.models.trouble == "unreachable")
            assert recognizer.models.in_use == EMBEDDED_MODEL
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await until(lambda: recognizer.models.in_use == "tiny-int8")
            await until(lambda: recognizer.models.problem is None)


async def test_embedded_model_instead_of_a_better_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded model is a fallback, so there is still a problem to report."""
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    options = recognizer_options(
        model="auto", folder=tmp_path / "models", language="en"
    )
    async with started(options) as recognizer:
        await recognizer.models.choose(["en"], budget_seconds=30, memory_limit_mb=220)
        assert recognizer.models.in_use == EMBEDDED_MODEL
        assert recognizer.models.trouble == "unreachable"
        assert "check the network" in (recognizer.models.problem or "")


async def test_later_wish_does_not_wait_for_a_download(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user selects an installed model while another one is downloading."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    shutil.copytree(toy_folder, tmp_path / "models" / "own")
    with running(tmp_path / "hub") as hub:
        hub.behaviour.pause_after_bytes = 700_000
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        options = recognizer_options(model="tiny-int8", folder=tmp_path / "models")
        async with started(options) as recognizer:
            await until(hub.paused.is_set)
            asked = asyncio.create_task(recognizer.models.use("own"))
            await asyncio.sleep(0.1)
            # The remaining chunks are the last ones.
            hub.go_on.set()
            await asyncio.wait_for(asked, LIMIT_SECONDS)
            assert recognizer.models.in_use == "own"
            assert recognizer.models.problem is None
            assert not recognizer.models.loading
            assert not await recognizer.models.is_installed("tiny-int8")


async def test_named_model_out_of_reach_is_tried_again(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user selected a model while the hub was unreachable."""
    _out_of_reach(tmp_path, toy_folder, monkeypatch)
    options = recognizer_options(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        async with started(options) as recognizer:
            await recognizer.models.use("tiny-int8")
            assert recognizer.models.trouble == "unreachable"
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await until(lambda: recognizer.models.in_use == "tiny-int8")
            await until(lambda: recognizer.models.problem is None)


async def test_wish_that_cannot_be_kept_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be forgotten by the next start does not apply now either."""

    def fail(*_: object) -> None:
        msg = "disk full"
        raise JsonFileError(msg)

    options = recognizer_options(model="auto", folder=tmp_path / "models")
    async with started(options) as recognizer:
        await until(lambda: not recognizer.models.loading)
        monkeypatch.setattr("hearken_speech.models.selection.json_file.save", fail)
        with pytest.raises(JsonFileError, match="disk full"):
            await recognizer.models.choose(["de"], budget_seconds=30)
        with pytest.raises(JsonFileError, match="disk full"):
            await recognizer.models.use(EMBEDDED_MODEL)
        assert recognizer.models.in_use == EMBEDDED_MODEL
        assert recognizer.models.languages != ("de",)


async def test_limits_of_the_server_hold_for_choices(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant sends only languages; the server's own limits apply."""
    for name in ("tiny", "base"):
        shutil.copytree(toy_folder, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = recognizer_options(
        model="auto",
        folder=tmp_path / "models",
        budget_seconds=30,
        memory_limit_mb=180,
    )
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with started(options) as recognizer:
            await recognizer.models.choose(["de"])
            assert recognizer.models.in_use == "tiny-int8"
            await recognizer.models.choose(["de"], memory_limit_mb=220)
            assert recognizer.models.in_use == "base-int8"


async def test_other_limits_ask_for_another_choice(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart with other limits repeats the choice."""
    for name in ("tiny", "base"):
        shutil.copytree(toy_folder, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = recognizer_options(
        model="auto", folder=tmp_path / "models", budget_seconds=30, memory_limit_mb=180
    )
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with started(options) as recognizer:
            await recognizer.models.choose(["de"])
            assert recognizer.models.in_use == "tiny-int8"
        # The selection stays; it may now use more memory.
        async with started(
            recognizer_options(
                model="auto",
                folder=tmp_path / "models",
                budget_seconds=30,
                memory_limit_mb=220,
            )
        ) as recognizer:
            await until(lambda: recognizer.models.in_use == "base-int8")
            assert recognizer.models.languages == ("de",)
        # Another language on the command line starts a new choice.
        async with started(
            recognizer_options(
                model="auto",
                folder=tmp_path / "models",
                language="zh",
                budget_seconds=30,
                memory_limit_mb=180,
            )
        ) as recognizer:
            await until(lambda: recognizer.models.languages == ("zh",))


async def test_a_choice_is_quicker_than_the_server(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A selection right after the start is not overridden by the configured model."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = recognizer_options(
        model="auto", folder=tmp_path / "models", budget_seconds=30, memory_limit_mb=180
    )
    recognizer = Recognizer(options)
    models = recognizer.models
    loop, begun, ready = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    choose = ModelManager.choose

    def choose_slowly(*args: Any, **options: Any) -> ModelChoice:
        loop.call_soon_threadsafe(begun.set)
        ready.wait(LIMIT_SECONDS)
        return choose(*args, **options)

    monkeypatch.setattr(ModelManager, "choose", choose_slowly)
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        await recognizer.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                choosing = tasks.create_task(models.choose(["de"]))
                await begun.wait()
                running_models = tasks.create_task(models.run())
                await asyncio.sleep(0.05)
                ready.set()
                await choosing
                assert models.in_use == "tiny-int8"
                running_models.cancel()
        finally:
            recognizer.close()
            await threads_ended()


async def test_deleted_model_of_the_own_language_gives_way(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed model for the same language is used; nothing is downloaded."""
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    for name in ("tiny", "base"):
        shutil.copytree(toy_folder, tmp_path / "models" / f"{name}-int8")
    options = recognizer_options(
        model="auto",
        folder=tmp_path / "models",
        language="de",
        budget_seconds=30,
        memory_limit_mb=220,
    )
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.in_use == "base-int8")
        # A thread loads it; the result is recorded afterwards.
        await until(lambda: not recognizer.models.loading)
        await recognizer.models.delete("base-int8")
        assert recognizer.models.in_use == "tiny-int8"
        recognizer.check("de")
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.in_use == "tiny-int8")
        # A thread loads it; the result is recorded afterwards.
        await until(lambda: not recognizer.models.loading)
        assert recognizer.models.problem is None


@pytest.mark.parametrize("came", [0, 700_000])
async def test_wish_is_given_up_by_deleting_it(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch, came: int
) -> None:
    """No problem remains, whether or not the download had started."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = recognizer_options(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address if came else NOWHERE)
        hub.behaviour.cut_after_bytes = came
        async with started(options) as recognizer:
            await recognizer.models.use("tiny-int8")
            assert recognizer.models.trouble == "unreachable"
            await recognizer.models.delete("tiny-int8")
            assert recognizer.models.problem is recognizer.models.trouble is None
            assert not any(
                m.unfinished_bytes for m in await recognizer.models.list_models()
            )
            with pytest.raises(UnknownModelError):
                await recognizer.models.delete("tiny-int8")
        async with started(options) as recognizer:
            await until(lambda: not recognizer.models.loading)
            assert recognizer.models.problem is None


async def test_model_that_fits_needs_no_more_room(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user selects a smaller model, as the repair suggests."""
    for name in ("tiny", "base"):
        shutil.copytree(toy_folder, tmp_path / "hub" / f"faster-whisper-{name}-int8")
    options = recognizer_options(model="auto", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with started(options) as recognizer:
            before = recognizer.models.needed_bytes
            hub.behaviour.claimed_bytes = 1 << 60
            await recognizer.models.use("base-int8")
            assert recognizer.models.trouble == "no_space"
            assert recognizer.models.needed_bytes > 1 << 60
            await recognizer.models.use(EMBEDDED_MODEL)
            assert recognizer.models.needed_bytes == before


async def test_model_that_is_overtaken_is_not_loaded(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the last of many selections is loaded; measuring is refused meanwhile."""
    for number in range(5):
        shutil.copytree(toy_folder, tmp_path / "models" / f"own-{number}")
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path / "models")
    async with started(options) as recognizer:
        loaded: list[str] = []
        begun, go_on = threading.Event(), threading.Event()
        use = ModelManager.use

        def slowly(manager: ModelManager, name: str) -> object:
            loaded.append(name)
            begun.set()
            assert go_on.wait(LIMIT_SECONDS)
            return use(manager, name)

        monkeypatch.setattr(ModelManager, "use", slowly)
        uses = [asyncio.create_task(recognizer.models.use("own-0"))]
        await until(begun.is_set)
        uses += [
            asyncio.create_task(recognizer.models.use(f"own-{n}")) for n in range(1, 5)
        ]
        await asyncio.sleep(0)
        with pytest.raises(ModelError, match="measure again"):
            await recognizer.models.measure(EMBEDDED_MODEL)
        go_on.set()
        await asyncio.wait_for(asyncio.gather(*uses), LIMIT_SECONDS)
        assert loaded == ["own-0", "own-4"]
        assert recognizer.models.in_use == "own-4"
    async with started(options) as recognizer:
        await until(lambda: recognizer.models.in_use == "own-4")

"""Test that the model for the house is looked for again until it is there."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hearken_speech.models import keeper as module
from hearken_speech.models.loading import EMBEDDED_MODEL
from tests.simulators.model_hub import running
from tests.speech.server.recognizing import (
    LIMIT_SECONDS,
    recognizer_options,
    started,
    until,
)


async def test_house_is_served_when_the_hub_is_back(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The languages were told once, while there was no network."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = recognizer_options(
        model=" Auto ",
        folder=tmp_path / "models",
        budget_seconds=30,
        memory_limit_mb=180,
    )
    with running(tmp_path / "hub") as hub:
        async with started(options) as recognizer:
            models = recognizer.models
            assert models.configured == "auto"
            await models.serve_house(["de", "en"])
            assert models.trouble == "unreachable"
            assert models.in_use == EMBEDDED_MODEL
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            await until(lambda: models.in_use == "tiny-int8")
            await until(lambda: models.problem is None)
            before = len(hub.behaviour.requests)
            await models.serve_house(["de", "en"])
            assert len(hub.behaviour.requests) == before
            assert models.languages == ("de", "en")


async def test_house_does_not_end_a_selection_that_is_under_way(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the owner selects replaces the choice for the house, and stays."""
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    shutil.copytree(toy_folder, tmp_path / "models" / "own")
    options = recognizer_options(
        model="auto", folder=tmp_path / "models", budget_seconds=30, memory_limit_mb=180
    )
    with running(tmp_path / "hub") as hub:
        hub.behaviour.pause_after_bytes = 700_000
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with started(options) as recognizer:
            models = recognizer.models
            housing = asyncio.create_task(models.serve_house(["de"]))
            await until(hub.paused.is_set)
            using = asyncio.create_task(models.use("own"))
            await asyncio.sleep(0.1)
            hub.go_on.set()
            await asyncio.wait_for(asyncio.gather(housing, using), LIMIT_SECONDS)
            assert models.in_use == "own"
            await models.serve_house(["fr"])
            assert models.in_use == "own"
            assert models.languages is None


async def test_room_on_the_disk_is_looked_for_again(
    tmp_path: Path, toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner makes room, as the repair says, and does nothing else."""
    monkeypatch.setattr(module, "RETRY_MIN_SECONDS", 0.05)
    shutil.copytree(toy_folder, tmp_path / "hub" / "faster-whisper-tiny-int8")
    options = recognizer_options(model="tiny-int8", folder=tmp_path / "models")
    with running(tmp_path / "hub") as hub:
        hub.behaviour.claimed_bytes = 1 << 60
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        async with started(options) as recognizer:
            await until(lambda: recognizer.models.trouble == "no_space")
            hub.behaviour.claimed_bytes = None
            await until(lambda: recognizer.models.in_use == "tiny-int8")
            await until(lambda: recognizer.models.problem is None)

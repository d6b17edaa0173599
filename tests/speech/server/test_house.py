"""Test that a server gets a model for the languages of the house by itself."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from hearken_speech.models import EMBEDDED_MODEL
from tests.simulators import random_whisper
from tests.simulators.model_hub import Hub, running
from tests.simulators.voices import say
from tests.speech.server.api import Api
from tests.speech.server.program import Server, serving

LIMITS = ("--budget-seconds", "30", "--memory-limit-mb", "180")
"""Limits that only the smallest models keep to."""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model with random weights, as the hub has it."""
    folder = tmp_path_factory.mktemp("toy") / "toy"
    return random_whisper.make(folder, "toy", quantization="float16")


@pytest.fixture
def hub(tmp_path: Path, toy: Path) -> Iterator[Hub]:
    """Return a hub with models of the catalogue, and one of somebody else."""
    for name in ("faster-whisper-tiny-int8", "faster-whisper-tiny.en", "whisper-ct2"):
        shutil.copytree(toy, tmp_path / "hub" / name)
    (tmp_path / "hub" / "whisper-ct2" / "tokenizer.json").unlink()
    with running(tmp_path / "hub") as made:
        yield made


@asynccontextmanager
async def server_with_api(
    folder: Path, hub: Hub | None, *arguments: str
) -> AsyncIterator[tuple[Server, Api]]:
    """Run a server of a fresh house."""
    address = hub.address if hub else "http://127.0.0.1:9"
    async with (
        serving(
            folder, *LIMITS, *arguments, environment={"HF_ENDPOINT": address}
        ) as it,
        aiohttp.ClientSession() as session,
    ):
        yield it, Api(it, session)


async def test_house_gets_a_model_for_its_language(tmp_path: Path, hub: Hub) -> None:
    """The embedded model serves meanwhile; the model is kept for the next start."""
    hub.behaviour.pause_after_bytes = 500_000
    async with server_with_api(tmp_path / "data", hub) as (server, api):
        assert hub.behaviour.requests == []
        status = await api.status()
        assert status["model"] == EMBEDDED_MODEL
        assert "not a recognizer for everybody" in status["model_purpose"]
        assert (await api.call("POST", "/house", {"languages": ["de"]}))[0] == 202
        await api.until_status(state="loading")
        text = (await server.ask(say("pause the music"))).data["text"]
        assert text == "pause the music"
        hub.go_on.set()
        await api.until_status(model="tiny-int8", state="ready", languages=["de"])
        assert "99 languages" in (await api.status())["model_purpose"]
        assert any("tiny-int8 is ready: speech in 99" in line for line in server.log)
    hub.behaviour.requests.clear()
    async with server_with_api(tmp_path / "data", hub) as (_, api):
        await api.until_status(model="tiny-int8", languages=["de"])
        assert hub.behaviour.requests == []
    weights = (tmp_path / "data" / "models" / "tiny-int8" / "model.bin").stat().st_size
    source = tmp_path / "hub" / "faster-whisper-tiny-int8" / "model.bin"
    assert weights < 0.65 * source.stat().st_size


async def test_english_house_gets_the_better_english_model(
    tmp_path: Path, hub: Hub
) -> None:
    """A second language of the house needs a multilingual one."""
    async with server_with_api(tmp_path / "data", hub) as (_, api):
        await api.call("POST", "/house", {"languages": ["en-GB"]})
        await api.until_status(model="tiny.en", state="ready")
        await api.call("POST", "/house", {"languages": ["en", "de"]})
        await api.until_status(model="tiny-int8", state="ready")


@pytest.mark.parametrize("who", ["house", "app"])
async def test_house_may_say_no(tmp_path: Path, toy: Path, hub: Hub, who: str) -> None:
    """Nothing is downloaded; a model of the share is used."""
    folder, share = tmp_path / "data", tmp_path / "share"
    body = {"languages": ["de"], "download": who != "house"}
    arguments = () if who == "house" else ("--no-download",)
    async with server_with_api(folder, hub, *arguments) as (_, api):
        assert (await api.call("POST", "/house", body))[0] == 202
        await api.until_status(state="problem", model=EMBEDDED_MODEL)
    shutil.copytree(toy, share / "tiny-int8")
    more = ("--more-models", str(share))
    async with server_with_api(folder, hub, *arguments, *more) as (_, api):
        await api.call("POST", "/house", body)
        await api.until_status(state="ready", model="tiny-int8")
        assert (await api.model("tiny-int8"))["own"]
        assert (await api.call("DELETE", "/models/tiny-int8"))[0] == 409
    assert hub.behaviour.requests == []
    assert (share / "tiny-int8" / "model.bin").exists()


async def test_model_of_the_image_serves_at_once(tmp_path: Path, toy: Path) -> None:
    """Nobody has said yet what is spoken here, and there is no network."""
    shutil.copytree(toy, tmp_path / "image" / "tiny-int8")
    more = ("--more-models", str(tmp_path / "image"))
    async with server_with_api(tmp_path / "data", None, *more) as (_, api):
        await api.until_status(state="ready", model="tiny-int8")


@pytest.mark.parametrize("choice", ["use", "choose", "configure", "language"])
async def test_choice_of_the_owner_is_never_touched(
    tmp_path: Path, toy: Path, hub: Hub, choice: str
) -> None:
    """The house decides only if nobody did."""
    folder = tmp_path / "data"
    shutil.copytree(toy, folder / "models" / "my-own")
    shutil.copytree(toy, folder / "models" / "tiny-int8")
    arguments = {
        "configure": ("--model", "my-own"),
        "language": ("--language", "fr", "--no-download"),
    }.get(choice, ())
    async with server_with_api(folder, hub, *arguments) as (_, api):
        wanted = "tiny-int8" if choice in {"language", "choose"} else "my-own"
        if choice == "use":
            assert (await api.call("POST", "/models/my-own/use"))[0] == 204
        elif choice == "choose":
            await api.call("POST", "/models/choose", {"language": "fr"})
        await api.until_status(state="ready", model=wanted)
        before = await api.status()
        assert (await api.call("POST", "/house", {"languages": ["en"]}))[0] == 202
        await api.until_status(state="ready", model=wanted)
        assert (await api.status())["languages"] == before["languages"]
    assert hub.behaviour.requests == []


async def test_any_model_of_the_hub_can_be_used(tmp_path: Path, hub: Hub) -> None:
    """By its repository, even without a tokenizer; by a known name however written."""
    name = "somebody%2Fwhisper-ct2"
    async with server_with_api(tmp_path / "data", hub) as (server, api):
        body = {"download": True}
        assert (await api.call("POST", f"/models/{name}/use", body))[0] == 202
        await api.until_status(state="ready", model="somebody/whisper-ct2")
        answer = await server.ask(say("pause the music"), language="de")
        assert answer.type == "transcript"
        assert (await api.call("POST", "/models/Tiny%20EN/use", body))[0] == 202
        await api.until_status(state="ready", model="tiny.en")
        assert (await api.call("DELETE", f"/models/{name}"))[0] == 204
        _, text = await api.call("GET", "/models")
        names = {model["name"] for model in json.loads(text)["models"]}
        assert "somebody/whisper-ct2" not in names


@pytest.mark.parametrize(
    "body",
    [{}, {"languages": []}, {"languages": "de"}, {"languages": ["de"], "x": 1}, [], 1],
)
async def test_mistakes_are_answered(tmp_path: Path, body: object) -> None:
    """Nothing is chosen."""
    async with server_with_api(tmp_path, None) as (_, api):
        assert (await api.call("POST", "/house", body))[0] == 400
        assert (await api.status())["languages"] is None

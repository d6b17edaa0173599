"""Test models through the control API of the real server."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hearken_speech.models import known_models
from tests.simulators import random_whisper
from tests.simulators.model_hub import Hub, running
from tests.simulators.voices import say
from tests.speech.server.api import Api
from tests.speech.server.program import LIMIT_SECONDS, serving


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model with random weights."""
    return random_whisper.make(tmp_path_factory.mktemp("toy") / "toy", "toy")


@pytest.fixture
def hub(tmp_path: Path, toy: Path) -> Iterator[Hub]:
    """Return a hub with one model of the catalogue."""
    shutil.copytree(toy, tmp_path / "hub" / "faster-whisper-tiny-int8")
    with running(tmp_path / "hub") as made:
        yield made


async def test_life_of_a_model(tmp_path: Path, hub: Hub) -> None:
    """A model is downloaded, measured, used and deleted; the embedded one follows."""
    async with (
        serving(tmp_path / "data", environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        assert not (await api.model("tiny-int8"))["installed"]
        assert (await api.call("POST", "/models/tiny-int8/download"))[0] == 202
        await api.until("tiny-int8", installed=True, busy=False)
        status, text = await api.call("POST", "/models/tiny-int8/measure")
        assert status == 200
        assert json.loads(text)["seconds"] > 0
        assert (await api.call("POST", "/models/tiny-int8/use"))[0] == 204
        assert (await api.model("tiny-int8"))["in_use"]
        answer = await server.ask(say("pause the music"), language="de")
        assert answer.type == "transcript"
        assert answer.data["context"]["hearken"]["model"] == "tiny-int8"
        assert (await api.call("DELETE", "/models/tiny-int8"))[0] == 204
        assert (await api.model("hearken-commands-en"))["in_use"]
        text = (await server.ask(say("pause the music"))).data["text"]
        assert text == "pause the music"


async def test_switching_fails_no_request(tmp_path: Path, toy: Path) -> None:
    """Requests during a change of the model are all answered."""
    shutil.copytree(toy, tmp_path / "models" / "own")
    async with serving(tmp_path) as server, aiohttp.ClientSession() as session:
        api = Api(server, session)
        asked = [
            asyncio.create_task(server.ask(say("close the garage door")))
            for _ in range(8)
        ]
        for name in ("own", "hearken-commands-en", "own"):
            assert (await api.call("POST", f"/models/{name}/use"))[0] == 204
        answers = await asyncio.gather(*asked)
        assert {answer.type for answer in answers} == {"transcript"}


async def test_choice_by_measuring(tmp_path: Path, hub: Hub) -> None:
    """The server chooses, downloads and uses a model for a language."""
    async with (
        serving(tmp_path / "data", environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        wanted = {"language": "de-AT", "budget_seconds": 30, "memory_limit_mb": 180}
        assert (await api.call("POST", "/models/choose", wanted))[0] == 202
        await api.until("tiny-int8", in_use=True)


async def test_failed_download_is_told(tmp_path: Path) -> None:
    """Without a network, the reason is listed with the model."""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    async with (
        serving(tmp_path, environment=environment) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        assert (await api.call("POST", "/models/tiny-int8/download"))[0] == 202
        model = await api.until("tiny-int8", busy=False)
        assert "check the network" in model["problem"]


async def test_unfinished_model_is_told_and_can_be_deleted(
    tmp_path: Path, hub: Hub
) -> None:
    """A partial download is listed, and gone when deleted."""
    hub.behaviour.cut_after_bytes = 700_000
    async with (
        serving(tmp_path / "data", environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        assert "unfinished_bytes" not in await api.model("tiny-int8")
        assert (await api.call("POST", "/models/tiny-int8/download"))[0] == 202
        model = await api.until("tiny-int8", busy=False)
        assert "cannot be reached" in model["problem"]
        assert not model["installed"]
        assert model["unfinished_bytes"] >= 700_000
        assert (await api.call("DELETE", "/models/tiny-int8"))[0] == 204
        assert "unfinished_bytes" not in await api.model("tiny-int8")
        assert (await api.call("DELETE", "/models/tiny-int8"))[0] == 404
        # The remains of a custom model.
        rest = tmp_path / "data" / "models" / ".partial-own"
        rest.mkdir()
        (rest / "model.bin").write_bytes(bytes(1_000))
        own = await api.model("own")
        assert (own["installed"], own["rank"]) == (False, None)
        assert own["unfinished_bytes"] == 1_000
        assert (await api.call("DELETE", "/models/own"))[0] == 204
        assert not rest.exists()


async def test_offers_keep_to_the_limits_of_the_server(tmp_path: Path) -> None:
    """Models beyond the server's limits are not offered to Home Assistant."""
    limits = ("--memory-limit-mb", "150", "--budget-seconds", "60")
    async with serving(tmp_path, *limits) as server, aiohttp.ClientSession() as session:
        _, text = await Api(server, session).call("GET", "/models")
    models = json.loads(text)["models"]
    fitting = {m["name"] for m in models if m["memory_mb"] <= 150}
    assert fitting
    assert fitting < {m["name"] for m in models}
    assert {m["name"] for m in models if m["affordable"]} == fitting


async def test_downloads_that_hang_hold_up_nothing_else(
    tmp_path: Path, toy: Path
) -> None:
    """Each download has its own thread, and resumes after a restart."""
    # Of one kind of message, the log has twenty a minute.
    models = [model for model in known_models() if model.repo][:12]
    names = [model.name for model in models]
    for model in models:
        shutil.copytree(toy, tmp_path / "hub" / model.repo.split("/")[-1])
    data = tmp_path / "data"
    with running(tmp_path / "hub") as hub:
        hub.behaviour.pause_after_bytes = 700_000
        environment = {"HF_ENDPOINT": hub.address}
        async with (
            serving(data, environment=environment) as server,
            aiohttp.ClientSession() as session,
        ):
            api = Api(server, session)
            for name in names:
                assert (await api.call("POST", f"/models/{name}/download"))[0] == 202
                await api.until(name, busy=True)
            assert (await server.ask(say("pause the music"))).type == "transcript"
            async with asyncio.timeout(LIMIT_SECONDS):
                while len(_begun(data)) < len(names):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.02)
            hub.behaviour.pause_after_bytes = None
            server.process.terminate()
            for name in names:
                await server.says(f"{name} resumes at the next start")
            hub.go_on.set()
            await asyncio.wait_for(server.process.wait(), LIMIT_SECONDS)
    assert len(_begun(data)) == len(names)


def _begun(data: Path) -> list[Path]:
    """Return the partial downloads on the disk."""
    return list(data.glob("models/.partial-*/model.bin"))


async def test_choice_for_several_languages_outlives_the_server(
    tmp_path: Path, hub: Hub
) -> None:
    """The selection is stored, even if it cannot be fulfilled yet."""
    wanted = {
        "languages": ["en-GB", "de", "de-AT"],
        "budget_seconds": 30,
        "memory_limit_mb": 180,
    }
    folder = tmp_path / "data"
    async with (
        serving(folder, environment={"HF_ENDPOINT": "http://127.0.0.1:9"}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        assert (await api.call("POST", "/models/choose", wanted))[0] == 202
        await api.until_status(state="problem", model_trouble="unreachable")
        assert (await api.status())["languages"] == ["en", "de"]
    async with (
        serving(folder, environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        await api.until("tiny-int8", in_use=True)
        await api.until_status(state="ready", languages=["en", "de"])
        # Selecting a model by name replaces it.
        assert (await api.call("POST", "/models/hearken-commands-en/use"))[0] == 204
        assert (await api.status())["languages"] is None


async def test_disk_without_room_is_told(tmp_path: Path, hub: Hub) -> None:
    """The status shows how much space is missing, until there is enough."""
    hub.behaviour.claimed_bytes = 1 << 60
    async with (
        serving(tmp_path / "data", environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        before = (await api.status())["storage"]
        assert before["free_bytes"] > before["needed_bytes"] > 0
        use = {"download": True}
        assert (await api.call("POST", "/models/tiny-int8/use", use))[0] == 202
        await api.until_status(state="problem", model_trouble="no_space")
        storage = (await api.status())["storage"]
        assert storage["needed_bytes"] > 1 << 60 > storage["free_bytes"]
        hub.behaviour.claimed_bytes = None
        assert (await api.call("POST", "/models/tiny-int8/use", use))[0] == 202
        await api.until_status(state="ready", model="tiny-int8")
        assert (await api.status())["storage"]["needed_bytes"] == before["needed_bytes"]


async def test_cancelled_download_is_no_problem(tmp_path: Path, hub: Hub) -> None:
    """The previous model stays in use, and no problem is reported."""
    hub.behaviour.pause_after_bytes = 10_000
    async with (
        serving(tmp_path / "data", environment={"HF_ENDPOINT": hub.address}) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        use = {"download": True}
        assert (await api.call("POST", "/models/tiny-int8/use", use))[0] == 202
        await asyncio.to_thread(hub.paused.wait, LIMIT_SECONDS)
        assert (await api.status())["state"] == "loading"
        assert (await api.call("POST", "/models/tiny-int8/cancel"))[0] == 202
        hub.go_on.set()
        await api.until_status(state="ready", model="hearken-commands-en")
        assert (await api.status())["model_problem"] is None


async def test_models_say_what_they_are_worth(tmp_path: Path) -> None:
    """Each model has a rank and says whether this machine could use it."""
    async with serving(tmp_path) as server, aiohttp.ClientSession() as session:
        api = Api(server, session)
        embedded = await api.model("hearken-commands-en")
        tiny = await api.model("tiny.en")
    assert embedded["affordable"]
    assert tiny["rank"] > embedded["rank"]
    assert tiny["languages"] == ["en"]
    assert isinstance(tiny["affordable"], bool)


async def test_deleted_model_is_not_wanted_any_more(tmp_path: Path, toy: Path) -> None:
    """A deleted model is not loaded again; a missing one is reported."""
    shutil.copytree(toy, tmp_path / "models" / "own")
    shutil.copytree(toy, tmp_path / "models" / "other")
    async with serving(tmp_path) as server, aiohttp.ClientSession() as session:
        api = Api(server, session)
        assert (await api.call("POST", "/models/own/use"))[0] == 204
        assert (await api.call("DELETE", "/models/own"))[0] == 204
        assert (await api.call("POST", "/models/other/use"))[0] == 204
    shutil.rmtree(tmp_path / "models" / "other")
    async with serving(tmp_path) as server, aiohttp.ClientSession() as session:
        await Api(server, session).until_status(
            state="problem", model_trouble="missing"
        )


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/models/hugest/download", None, 404),
        ("POST", "/models/hugest/use", None, 404),
        ("POST", "/models/hugest/measure", None, 404),
        ("POST", "/models/tiny-int8/cancel", None, 404),
        ("DELETE", "/models/hugest", None, 404),
        ("DELETE", "/models/hearken-commands-en", None, 409),
        ("DELETE", "/models/..%2F..%2Fetc", None, 404),
        ("POST", "/models/choose", {}, 400),
        ("POST", "/models/choose", {"language": "en", "budget_seconds": "x"}, 400),
        ("POST", "/models/choose", None, 400),
        ("POST", "/models/choose", {"languages": []}, 400),
        ("POST", "/models/choose", {"languages": "en"}, 400),
        ("POST", "/models/choose", {"languages": ["en"], "language": "en"}, 400),
    ],
)
async def test_mistakes_are_answered(
    tmp_path: Path, method: str, path: str, body: Any, status: int
) -> None:
    """Each mistake is answered with a reason, and the server continues."""
    async with serving(tmp_path) as server, aiohttp.ClientSession() as session:
        api = Api(server, session)
        answer = await api.call(method, path, body)
        assert answer[0] == status, answer
        assert answer[1]
        assert (await api.call("GET", "/models"))[0] == 200


async def test_choice_outlives_the_server(tmp_path: Path, hub: Hub) -> None:
    """One call downloads and uses a model, which survives a restart."""
    environment = {"HF_ENDPOINT": hub.address}
    folder = tmp_path / "data"
    async with (
        serving(folder, environment=environment) as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        assert (await api.call("POST", "/models/tiny-int8/use"))[0] == 404
        body: dict[str, object] = {"download": "yes"}
        assert (await api.call("POST", "/models/tiny-int8/use", body))[0] == 400
        body = {"download": True}
        assert (await api.call("POST", "/models/nothing/use", body))[0] == 404
        assert (await api.call("POST", "/models/tiny-int8/use", body))[0] == 202
        await api.until("tiny-int8", in_use=True, busy=False)
    async with serving(folder) as server, aiohttp.ClientSession() as session:
        await Api(server, session).until("tiny-int8", in_use=True)
    # A configured model takes precedence.
    async with (
        serving(folder, "--model", "hearken-commands-en") as server,
        aiohttp.ClientSession() as session,
    ):
        await Api(server, session).until("hearken-commands-en", in_use=True)
        assert not (await Api(server, session).model("tiny-int8"))["in_use"]

"""Test repairs in a house of real programs.

The tests use a separate house whose server has a known token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from house.house import until
from tests.end_to_end.conftest import SECONDS, furnished
from tests.end_to_end.test_end_of_speech import log, server_entry
from tests.simulators import random_whisper

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.end_to_end]

REQUESTS = "sensor.hearken_requests"
MODEL = "select.hearken_speech_model"
EMBEDDED = "hearken-commands-en"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Return a house whose server has a multilingual model, and its token."""
    async with furnished(tmp_path_factory.mktemp("repairs")) as home:
        random_whisper.make(home.server.data_dir / "models" / "toy", "toy")
        await give_token(home)
        yield home


async def give_token(home: Home) -> None:
    """Enter the server's token as the owner would."""
    path = "/api/config/config_entries/flow"
    entry_id = await server_entry(home)
    form = await home.api.post(path, json={"handler": "hearken", "entry_id": entry_id})
    address = {"host": "127.0.0.1", "port": home.server.port}
    done = await home.api.post(
        f"{path}/{form['flow_id']}", json={**address, "token": home.server.token}
    )
    assert done["reason"] == "reconfigure_successful", done
    await home.wait_until_available(REQUESTS)


async def wait(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until a condition holds."""
    await until(condition, SECONDS, what)


async def issues(home: Home, key: str) -> list[dict[str, Any]]:
    """Return the repairs of this kind."""
    listed = (await home.api.call("repairs/list_issues"))["issues"]
    return [one for one in listed if one["translation_key"] == key]


async def click(home: Home, issue: dict[str, Any]) -> dict[str, Any]:
    """Submit a repair as the user interface does."""
    path = "/api/repairs/issues/fix"
    begin = {"handler": issue["domain"], "issue_id": issue["issue_id"]}
    form = await home.api.post(path, json=begin)
    assert form["type"] == "form", form
    return await home.api.post(f"{path}/{form['flow_id']}", json={})


async def names_at_the_server(home: Home) -> list[str]:
    """Return the names stored at the server."""
    url = f"http://127.0.0.1:{home.server.http_port}/api/v1/vocabulary"
    headers = {"Authorization": f"Bearer {home.server.token}"}
    async with home.api.session.get(url, headers=headers) as response:
        assert response.status == 200
        stored = (await response.json()).values()
    return [name for one in stored for name in one["names"]]


@pytest.mark.long
async def test_name_that_is_misheard_three_times(home: Home) -> None:
    """After three times a repair proposes the name; once confirmed, it works."""
    await home.api.call(
        "config/entity_registry/update", entity_id="fan.ceiling", name="Celia fan"
    )

    async def is_told() -> bool:
        return "Celia fan" in await names_at_the_server(home)

    await wait(is_told, "the server to know the name")
    for _ in range(3):
        assert not await issues(home, "name_misheard")
        command = await home.say("turn on the Celia fan")
        assert (command.text, command.understood) == ("turn on the ceiling fan", False)

    async def is_proposed() -> bool:
        return bool(await issues(home, "name_misheard"))

    await wait(is_proposed, "the repair")
    (issue,) = await issues(home, "name_misheard")
    assert issue["translation_placeholders"] == {
        "name": "Celia fan",
        "alias": "ceiling fan",
        "entity_id": "fan.ceiling",
    }
    assert (await click(home, issue))["type"] == "create_entry"
    assert not await issues(home, "name_misheard")
    entry = await home.api.call("config/entity_registry/get", entity_id="fan.ceiling")
    assert "ceiling fan" in entry["aliases"]

    async def is_learned() -> bool:
        return "ceiling fan" in await names_at_the_server(home)

    await wait(is_learned, "the server to know the alias")
    assert await home.api.state("fan.ceiling") == "off"
    assert (await home.say("turn on the Celia fan")).understood
    assert await home.api.state("fan.ceiling") == "on"


async def test_figures_begin_anew(home: Home) -> None:
    """The action resets the server's counters, and the sensors follow."""
    await home.say("turn off the kitchen light")
    await home.heard()
    await home.wait_for_state(home.satellite_entity, "idle")
    seen: list[str | None] = []

    async def are_counted() -> bool:
        """Return whether there are requests, all of them counted."""
        seen.append(await home.api.state(REQUESTS))
        is_calm = len(seen) >= 5 and len(set(seen[-5:])) == 1
        return is_calm and seen[-1] not in {None, "0", "unknown"}

    await wait(are_counted, "requests to be counted")
    answer = await home.api.call(
        "call_service",
        domain="hearken",
        service="reset_statistics",
        service_data={},
        return_response=True,
    )
    assert len(answer["response"]["servers"]) == 1
    await home.wait_for_state(REQUESTS, "0")
    await home.wait_for_state("sensor.hearken_phantom_transcripts_blocked", "0")


async def test_two_languages_have_two_pipelines(home: Home) -> None:
    """Two languages give two pipelines, and one language gives one again."""
    entry_id = await server_entry(home)
    await home.api.choose_options(entry_id, languages=["en", "de"])

    async def is_missing() -> bool:
        return bool(await issues(home, "language_missing"))

    await wait(is_missing, "the repair about German")
    await home.wait_until_available(MODEL)
    await home.api.act("select", "select_option", {"entity_id": MODEL}, option="toy")

    async def pipelines() -> list[dict[str, Any]]:
        listed = (await home.api.call("assist_pipeline/pipeline/list"))["pipelines"]
        return [one for one in listed if one["name"].startswith("Hearken")]

    async def are_two() -> bool:
        return len(await pipelines()) == 2

    await wait(are_two, "two pipelines")
    english, german = await pipelines()
    assert (english["name"], english["stt_language"]) == ("Hearken", "en")
    assert (german["name"], german["stt_language"]) == ("Hearken Deutsch", "de")
    assert german["conversation_language"] == german["language"] == "de"
    assert german["stt_engine"] == english["stt_engine"]
    assert not await issues(home, "language_missing")

    await home.api.choose_options(entry_id, languages=["en"])

    async def is_one() -> bool:
        return len(await pipelines()) == 1

    await wait(is_one, "the German pipeline to go")
    assert await pipelines() == [english]
    await home.wait_until_available(MODEL)
    await home.api.act("select", "select_option", {"entity_id": MODEL}, option=EMBEDDED)
    await home.wait_for_state(MODEL, EMBEDDED)
    assert (await home.say("turn on the kitchen light")).understood
    errors = [line for line in log(home).splitlines() if " ERROR " in line]
    assert not [line for line in errors if "hearken" in line]

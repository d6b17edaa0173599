"""Test repairs and their fixes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.assist_pipeline.pipeline import (
    KEY_ASSIST_PIPELINE,
    async_get_pipelines,
    async_update_pipeline,
)
from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.hearken.const import CONF_TOKEN, DOMAIN
from tests.integration.conftest import troubles
from tests.integration.talking import speak
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline.pipeline import Pipeline
    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


def issue(hass: HomeAssistant, key: str) -> ir.IssueEntry:
    """Return the only issue of this kind."""
    (found,) = [
        one for one in ir.async_get(hass).issues.values() if one.translation_key == key
    ]
    return found


async def click(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, key: str
) -> dict[str, Any]:
    """Submit a repair as the user interface does; return the outcome."""
    assert await async_setup_component(hass, "repairs", {})
    await hass.async_block_till_done()
    client = await hass_client()
    begin = {"handler": DOMAIN, "issue_id": issue(hass, key).issue_id}
    answer = await client.post("/api/repairs/issues/fix", json=begin)
    assert answer.status == HTTPStatus.OK, await answer.text()
    form = await answer.json()
    assert form["step_id"] == "confirm"
    answer = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert answer.status == HTTPStatus.OK, await answer.text()
    await hass.async_block_till_done()
    outcome: dict[str, Any] = await answer.json()
    return outcome


# Problems from the server's status.


async def test_full_disk(hass: HomeAssistant, connected: ControlServer) -> None:
    """It states how much space is missing, and disappears when there is enough."""
    storage = {"free_bytes": 50_000_000, "needed_bytes": 150_000_000}
    await connected.change(
        state="problem",
        model_problem="there is not enough space",
        model_trouble="no_space",
        storage=storage,
    )
    await until(lambda: troubles(hass) == {"disk_full"})
    placeholders = issue(hass, "disk_full").translation_placeholders
    assert placeholders == {"name": "Speech", "free": "50", "needed": "150"}
    await connected.change(
        state="ready", storage={**storage, "free_bytes": 200_000_000}
    )
    await until(lambda: troubles(hass) == set())


async def test_damaged_file(hass: HomeAssistant, connected: ControlServer) -> None:
    """It names what the server set aside, until that starts again."""
    await connected.change(set_aside=["wake.json", "chosen.json"])
    await until(lambda: troubles(hass) == {"file_damaged"})
    placeholders = issue(hass, "file_damaged").translation_placeholders
    assert placeholders == {"name": "Speech", "files": "chosen.json, wake.json"}
    await connected.change(set_aside=[])
    await until(lambda: troubles(hass) == set())


async def test_overload(hass: HomeAssistant, connected: ControlServer) -> None:
    """One refused request is ignored, three are reported."""
    await connected.change(requests=13, overload={"refused": 2, "refused_lately": 2})
    await until(lambda: hass.states.get("sensor.speech_requests").state == "13")  # type: ignore[union-attr] # fails where it is gone
    assert troubles(hass) == set()
    await connected.change(overload={"refused": 3, "refused_lately": 3})
    await until(lambda: troubles(hass) == {"overloaded"})
    placeholders = issue(hass, "overloaded").translation_placeholders
    assert placeholders == {"name": "Speech", "count": "3"}
    await connected.change(overload={"refused": 3, "refused_lately": 0})
    await until(lambda: troubles(hass) == set())


async def test_missing_model(
    hass: HomeAssistant, connected: ControlServer, hass_client: ClientSessionGenerator
) -> None:
    """The repair makes the server choose another model, if it can."""
    await connected.change(
        state="problem",
        model_problem='there is no speech model "mine"',
        model_trouble="missing",
    )
    await until(lambda: troubles(hass) == {"model_missing"})
    connected.refuses_models = True
    outcome = await click(hass, hass_client, "model_missing")
    assert (outcome["type"], outcome["reason"]) == ("abort", "server_unreachable")
    connected.refuses_models = False
    outcome = await click(hass, hass_client, "model_missing")
    assert outcome["type"] == "create_entry"
    assert connected.asked[-1] == ("models/choose", {"languages": ["en"]})
    assert troubles(hass) == set()


async def test_missing_language(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The repair makes the server choose a model for the house's language."""
    hass.config.language = "de"
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    assert troubles(hass) == {"language_missing"}
    outcome = await click(hass, hass_client, "language_missing")
    assert outcome["type"] == "create_entry"
    assert control.asked == [("models/choose", {"languages": ["de"]})]
    assert troubles(hass) == set()


async def test_mending_without_a_token(
    hass: HomeAssistant,
    control: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The control API cannot be used without its token."""
    hass.config.language = "de"
    data = dict(control_entry.data)
    data.pop(CONF_TOKEN)
    hass.config_entries.async_update_entry(control_entry, data=data)
    assert await hass.config_entries.async_setup(control_entry.entry_id)
    await hass.async_block_till_done()
    outcome = await click(hass, hass_client, "language_missing")
    assert (outcome["type"], outcome["reason"]) == ("abort", "token_missing")


async def test_mending_while_the_entry_goes(
    hass: HomeAssistant,
    connected: ControlServer,
    control_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Submitting a repair after the server was disabled does no harm."""
    await connected.change(state="problem", model_trouble="missing")
    await until(lambda: troubles(hass) == {"model_missing"})
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    begin = {"handler": DOMAIN, "issue_id": issue(hass, "model_missing").issue_id}
    form = await (await client.post("/api/repairs/issues/fix", json=begin)).json()
    assert await hass.config_entries.async_unload(control_entry.entry_id)
    assert troubles(hass) == set()
    answer = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert (await answer.json())["reason"] == "server_unreachable"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"storage": "full"},
        {"storage": {"free_bytes": "much", "needed_bytes": -1}},
        {"overload": 99},
        {"overload": {"refused_lately": "many"}},
        {"languages": {"en": 1}},
        {"languages": [[], 7, "x" * 100_000]},
        {"model_trouble": ["missing"]},
    ],
)
async def test_nonsense_is_no_trouble(
    hass: HomeAssistant, connected: ControlServer, nonsense: dict[str, Any]
) -> None:
    """Invalid answers of a server create no repairs."""
    await connected.change(requests=99, **nonsense)
    await until(lambda: hass.states.get("sensor.speech_requests").state == "99")  # type: ignore[union-attr] # fails where it is gone
    assert troubles(hass) == set()


# Pipelines.


def ours(hass: HomeAssistant) -> Pipeline:
    """Return our pipeline regardless of its name."""
    (found,) = [
        p
        for p in async_get_pipelines(hass)
        if p.stt_engine == "stt.speech_speech_to_text"
    ]
    return found


async def test_agent_that_is_gone(
    hass: HomeAssistant,
    running_server: SpeechServer,
    hass_client: ClientSessionGenerator,
) -> None:
    """The repair selects Home Assistant's own agent instead."""
    before = ours(hass)
    await async_update_pipeline(
        hass, before, conversation_engine="conversation.llm", name="My own"
    )
    await hass.async_block_till_done()
    assert troubles(hass) == {"pipeline_agent_gone"}
    placeholders = issue(hass, "pipeline_agent_gone").translation_placeholders
    assert placeholders == {
        "name": "Speech",
        "pipeline": "My own",
        "what": "conversation.llm",
    }
    assert (await click(hass, hass_client, "pipeline_agent_gone"))["type"] == (
        "create_entry"
    )
    assert ours(hass).to_json() == {
        **before.to_json(),
        "name": "My own",
        "conversation_engine": HOME_ASSISTANT_AGENT,
    }
    assert troubles(hass) == set()


async def test_agent_that_is_only_unavailable(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """A known agent may become available again."""
    entry = er.async_get(hass).async_get_or_create(
        "conversation", "test", "1", suggested_object_id="llm"
    )
    await async_update_pipeline(hass, ours(hass), conversation_engine=entry.entity_id)
    await hass.async_block_till_done()
    assert troubles(hass) == set()
    er.async_get(hass).async_remove(entry.entity_id)
    await hass.async_block_till_done()
    assert troubles(hass) == {"pipeline_agent_gone"}


async def test_entity_that_is_disabled(
    hass: HomeAssistant,
    running_server: SpeechServer,
    hass_client: ClientSessionGenerator,
) -> None:
    """The repair enables the disabled speech-to-text entity."""
    registry = er.async_get(hass)
    entity_id = "stt.speech_speech_to_text"
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert troubles(hass) == {"pipeline_entity_disabled"}
    await click(hass, hass_client, "pipeline_entity_disabled")
    entry = registry.async_get(entity_id)
    assert entry is not None
    assert entry.disabled_by is None
    assert troubles(hass) == set()


async def test_name_that_is_taken(
    hass: HomeAssistant,
    running_server: SpeechServer,
    server_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """The repair renames our pipeline; the owner's keeps its name."""
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    (mine,) = [p for p in store.data.values() if p.name == "Home Assistant"]
    await async_update_pipeline(hass, mine, name="Hearken")
    await hass.async_block_till_done()
    assert troubles(hass) == {"pipeline_name_taken"}
    await click(hass, hass_client, "pipeline_name_taken")
    assert ours(hass).name == "Hearken 2"
    assert store.data[mine.id].name == "Hearken"
    assert troubles(hass) == set()


async def test_damage_goes_with_the_pipeline(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """Deleting a pipeline deletes its repair."""
    await async_update_pipeline(hass, ours(hass), conversation_engine="conversation.x")
    await hass.async_block_till_done()
    assert troubles(hass) == {"pipeline_agent_gone"}
    store = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
    (other,) = [p for p in store.data.values() if p.name == "Home Assistant"]
    store.async_set_preferred_item(other.id)
    await store.async_delete_item(ours(hass).id)
    await hass.async_block_till_done()
    assert troubles(hass) == set()


# Names.


@pytest.fixture
def lamp(hass: HomeAssistant) -> str:
    """Add a lamp that supports aliases."""
    entry = er.async_get(hass).async_get_or_create(
        "light", "test", "1", original_name="Chandelier", suggested_object_id="lamp"
    )
    hass.states.async_set(entry.entity_id, "off", {"friendly_name": "Chandelier"})
    async_expose_entity(hass, "conversation", entry.entity_id, should_expose=True)
    return entry.entity_id


async def mishear(
    satellite: SatelliteSimulator, server: SpeechServer, text: str, times: int = 1
) -> None:
    """Say something that is misheard like this."""
    server.ends_speech_after_ms = 200
    server.text = text
    for _ in range(times):
        await speak(satellite)


async def test_name_that_is_misheard_three_times(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    light_calls: list[ServiceCall],
    lamp: str,
    hass_client: ClientSessionGenerator,
) -> None:
    """After three times a repair proposes the name; once confirmed, it works."""
    text = "turn on the shandy lier"
    await mishear(running_satellite, running_server, text, 2)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert troubles(hass) == set()
    await mishear(running_satellite, running_server, text)
    await until(lambda: troubles(hass) == {"name_misheard"})
    repair = issue(hass, "name_misheard")
    assert repair.translation_placeholders == {
        "name": "Chandelier",
        "alias": "shandy lier",
        "entity_id": lamp,
    }
    # Spoken text is not written to the disk.
    assert not repair.is_persistent
    assert "lier" not in repair.issue_id
    assert (await click(hass, hass_client, "name_misheard"))["type"] == "create_entry"
    entry = er.async_get(hass).async_get(lamp)
    assert entry is not None
    assert "shandy lier" in entry.aliases
    await speak(running_satellite)
    assert [call.data["entity_id"] for call in light_calls] == [[lamp]]


async def test_name_that_was_heard_well(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamp: str,
) -> None:
    """Unknown commands and other texts are not misheard names."""
    await mishear(running_satellite, running_server, "fry the chandelier", 3)
    await mishear(running_satellite, running_server, "what a day", 3)
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Zanzibar"})
    # This entity has no registry entry, so it cannot get an alias.
    await mishear(running_satellite, running_server, "turn on sanzibar", 3)
    await mishear(running_satellite, running_server, "turn on the channel ear", 3)
    await until(lambda: troubles(hass) == {"name_misheard"})
    assert issue(hass, "name_misheard").translation_placeholders == {
        "name": "Chandelier",
        "alias": "channel ear",
        "entity_id": lamp,
    }


async def test_entity_that_went_before_the_click(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    lamp: str,
    hass_client: ClientSessionGenerator,
) -> None:
    """The repair of a removed entity is aborted."""
    await mishear(running_satellite, running_server, "turn on the channel ear", 3)
    await until(lambda: troubles(hass) == {"name_misheard"})
    er.async_get(hass).async_remove(lamp)
    outcome = await click(hass, hass_client, "name_misheard")
    assert (outcome["type"], outcome["reason"]) == ("abort", "entity_gone")

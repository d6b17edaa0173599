"""Test that the server has the current names of the house."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearken.const import MAX_VOCABULARY_CHARACTERS
from custom_components.hearken.names.gather import async_gather_names
from custom_components.hearken.protocol import MAX_VOCABULARY
from tests.integration.talking import speak
from tests.integration.waiting import until
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collect changes only for a moment."""
    keeper = "custom_components.hearken.names.keeper"
    monkeypatch.setattr(f"{keeper}.VOCABULARY_DELAY_SECONDS", 0.02)
    monkeypatch.setattr(f"{keeper}.VOCABULARY_RETRY_SECONDS", 0.02)


def names(server: SpeechServer, entry: MockConfigEntry) -> tuple[str, ...]:
    """Return the names stored at the server."""
    vocabulary = server.vocabularies.get(entry.entry_id)
    return vocabulary.names if vocabulary else ()


async def test_what_can_be_said(hass: HomeAssistant) -> None:
    """Names, aliases, areas, floors and sentences are sorted by importance."""
    ar.async_get(hass).async_create("Küche", aliases={"Kochnische"})
    fr.async_get(hass).async_create("Upstairs", aliases={"First floor"})
    registry = er.async_get(hass)
    lamp = registry.async_get_or_create("light", "test", "1", original_name="Lamp")
    registry.async_update_entity(
        lamp.entity_id, aliases=[er.COMPUTED_NAME, "Glow", "  GLOW "]
    )
    hass.states.async_set("sensor.x", "1", {"friendly_name": "Outdoor temperature"})
    hass.states.async_set(lamp.entity_id, "off", {"friendly_name": "Lamp"})
    hass.states.async_set("light.bed", "off", {"friendly_name": "  Bed \n light "})
    hass.states.async_set("light.secret", "off", {"friendly_name": "Secret"})
    async_expose_entity(hass, "conversation", "light.secret", should_expose=False)
    async_expose_entity(hass, "conversation", "sensor.x", should_expose=True)

    async def nothing(*_: object) -> str | None:
        return None

    get_agent_manager(hass).register_trigger(
        ["[please] play {music} (now|later)", "<hello>"], nothing
    )
    known = await async_gather_names(hass)
    assert known.names[:4] == ("Küche", "Kochnische", "Upstairs", "First floor")
    assert set(known.names[4:7]) == {"Lamp", "Glow", "Bed light"}
    assert known.names[-1] == "Outdoor temperature"
    assert "Secret" not in known.names
    assert known.terms == ("please play", "now later")
    assert known.folded == tuple(name.casefold() for name in known.names)
    assert "Küche" in known.examples


async def test_names_that_cannot_be_spoken(hass: HomeAssistant) -> None:
    """Unspeakable names do no harm, and none is too long."""
    for number, name in enumerate(
        ["x" * 1000, "'\"", "💡", "💡 Lamp", 'the "big" one', "ночник", "灯", " "]
    ):
        hass.states.async_set(f"light.l{number}", "off", {"friendly_name": name})
    known = await async_gather_names(hass)
    assert set(known.names) == {"💡 Lamp", 'the "big" one', "ночник", "灯"}


@pytest.mark.parametrize("length", [12, 90])
async def test_too_many_names(hass: HomeAssistant, length: int) -> None:
    """If there are too many names, those of lights are kept."""
    for number in range(MAX_VOCABULARY + 10):
        domain = "light" if number >= MAX_VOCABULARY else "switch"
        name = f"{domain} {number}".ljust(length, "x")
        hass.states.async_set(f"{domain}.l{number}", "off", {"friendly_name": name})
    known = await async_gather_names(hass)
    fitting = min(MAX_VOCABULARY, MAX_VOCABULARY_CHARACTERS // length)
    assert len(known.names) == fitting
    assert sum(map(len, known.names)) == fitting * length
    assert sum(name.startswith("light ") for name in known.names) == 10


async def test_names_reach_the_server(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Names are sent at once, and again after a change."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: names(server, server_entry) == ("Kitchen light",))

    hass.states.async_set("light.kitchen", "on", {"friendly_name": "Sun"})
    await until(lambda: names(server, server_entry) == ("Sun",))
    hass.states.async_set("light.bed", "off", {"friendly_name": "Bed"})
    await until(lambda: names(server, server_entry) == ("Sun", "Bed"))
    hass.states.async_remove("light.kitchen")
    await until(lambda: names(server, server_entry) == ("Bed",))
    async_expose_entity(hass, "conversation", "light.bed", should_expose=False)
    await until(lambda: names(server, server_entry) == ())
    area = ar.async_get(hass).async_create("Cellar")
    await until(lambda: names(server, server_entry) == ("Cellar",))
    ar.async_get(hass).async_update(area.id, aliases={"Basement"})
    await until(lambda: names(server, server_entry) == ("Cellar", "Basement"))
    fr.async_get(hass).async_create("Attic")
    await until(lambda: "Attic" in names(server, server_entry))


async def test_registry_names_are_followed(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Aliases of entities and sentences of automations are followed."""
    entry = er.async_get(hass).async_get_or_create(
        "light", "test", "1", original_name="Lamp"
    )
    hass.states.async_set(entry.entity_id, "off", {"friendly_name": "Lamp"})
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: names(server, server_entry) == ("Lamp",))
    er.async_get(hass).async_update_entity(
        entry.entity_id, aliases=[er.COMPUTED_NAME, "Glow"]
    )
    await until(lambda: names(server, server_entry) == ("Lamp", "Glow"))

    async def nothing(*_: object) -> str | None:
        return None

    get_agent_manager(hass).register_trigger(["party time"], nothing)
    await until(
        lambda: server.vocabularies[server_entry.entry_id].terms == ("party time",)
    )


async def test_changes_that_change_no_name(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Switching a light sends nothing."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: names(server, server_entry) == ("Kitchen light",))
    for state in ("on", "off"):
        hass.states.async_set(
            "light.kitchen", state, {"friendly_name": "Kitchen light"}
        )
    hass.states.async_set("light.x", "off", {"friendly_name": "X"})
    await until(lambda: names(server, server_entry) == ("Kitchen light", "X"))
    sent = [event for event in server.received if event.type == "hearken-vocabulary"]
    assert len(sent) == 2


async def test_restarted_server_is_told_again(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """A server that restarted between two polls gets the names again."""
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: names(server, server_entry) == ("Kitchen light",))
    await server.forget()
    await server_entry.runtime_data.coordinator.async_refresh()
    await until(lambda: names(server, server_entry) == ("Kitchen light",))


async def test_server_that_comes_back_is_told_again(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Nothing is sent while the server is away; everything is when it returns."""
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: server_entry.entry_id in server.vocabularies)
    await server.stop()
    await server_entry.runtime_data.coordinator.async_refresh()
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    await until(lambda: bool(server_entry.runtime_data.vocabulary.known.names))
    await server.start()
    await server_entry.runtime_data.coordinator.async_refresh()
    await until(lambda: names(server, server_entry) == ("Kitchen light",))


@pytest.mark.parametrize("fault", [Fault.REFUSES, Fault.HANGS_UP])
async def test_server_that_takes_no_names(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    fault: Fault,
) -> None:
    """If storing fails, it is retried, and everything else works meanwhile."""
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: server_entry.entry_id in server.vocabularies)
    server.fault = fault
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    visits = server.connection_count
    await until(lambda: server.connection_count >= visits + 2)
    assert names(server, server_entry) == ()
    server.fault = Fault.NONE
    await until(lambda: names(server, server_entry) == ("Kitchen light",))


async def test_removed_in_the_middle(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> None:
    """Nothing continues after the entry is unloaded; the tests would fail."""
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    hass.states.async_set("light.kitchen", "off", {"friendly_name": "Kitchen light"})
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(server_entry.entry_id)
    count = len(server.received)
    hass.states.async_set("light.x", "off", {"friendly_name": "X"})
    await hass.async_block_till_done()
    assert len(server.received) == count


@pytest.fixture
async def shopping(hass: HomeAssistant) -> str:
    """Add a shopping list."""
    entry = MockConfigEntry(domain="shopping_list", title="Shopping")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return "todo.shopping_list"


async def change_list(hass: HomeAssistant, action: str, **data: str) -> None:
    """Change the shopping list."""
    target = {"entity_id": "todo.shopping_list"}
    await hass.services.async_call("todo", action, data, blocking=True, target=target)


async def test_items_of_lists_are_followed(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    shopping: str,
) -> None:
    """Open items can be named; completed ones cannot."""

    def terms() -> set[str]:
        return set(server.vocabularies[server_entry.entry_id].terms)

    async_expose_entity(hass, "conversation", shopping, should_expose=True)
    await change_list(hass, "add_item", item="Hafermilch 🥛")
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: server_entry.entry_id in server.vocabularies)
    assert terms() == {"Hafermilch 🥛"}
    await change_list(hass, "add_item", item="豆腐")
    await until(lambda: terms() == {"Hafermilch 🥛", "豆腐"})
    # The list may have the same state with another item.
    await change_list(hass, "update_item", item="豆腐", rename='"Big" eggs')
    await until(lambda: terms() == {"Hafermilch 🥛", '"Big" eggs'})
    await change_list(hass, "update_item", item="Hafermilch 🥛", status="completed")
    await until(lambda: terms() == {'"Big" eggs'})
    await change_list(hass, "add_item", item="x" * 1000)
    async_expose_entity(hass, "conversation", shopping, should_expose=False)
    await until(lambda: terms() == set())
    async_expose_entity(hass, "conversation", shopping, should_expose=True)
    await until(lambda: terms() == {'"Big" eggs'})


async def test_names_of_timers_are_followed(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    server_entry: MockConfigEntry,
) -> None:
    """A timer set by voice can be named until it ends."""

    def terms() -> tuple[str, ...]:
        vocabulary = running_server.vocabularies.get(server_entry.entry_id)
        return vocabulary.terms if vocabulary else ("nothing yet",)

    await until(lambda: terms() == ())
    running_server.ends_speech_after_ms = 200
    running_server.text = "set a 5 minute timer named pizza"
    await speak(running_satellite)
    await until(lambda: terms() == ("pizza",))
    running_server.text = "cancel the pizza timer"
    await speak(running_satellite)
    await until(lambda: terms() == ())


async def test_two_thousand_entities_hold_up_nobody(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All names reach the server, and the event loop stays responsive."""
    for number in range(2000):
        name = f"Lamp {number} \"quoted\" 'single' 💡"
        hass.states.async_set(f"light.l{number}", "off", {"friendly_name": name})
    # A clock that advances when it is read: the speed of this machine is irrelevant.
    ticks = itertools.count()
    gathering = "custom_components.hearken.names.gather"
    monkeypatch.setattr(f"{gathering}.perf_counter", lambda: next(ticks))
    monkeypatch.setattr(f"{gathering}.VOCABULARY_SLICE_SECONDS", 4)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    known = await async_gather_names(hass)
    task.cancel()
    assert len(known.names) == 2000
    assert turns == pytest.approx(2000 / 4, abs=1)
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await until(lambda: len(names(server, server_entry)) == 2000)

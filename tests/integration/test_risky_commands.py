"""Test risky commands in a real Home Assistant: PIN, labels, and no way around."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)

from custom_components.hearken.dialogue.orders import Speaker, async_execute
from custom_components.hearken.exchanges.exchange import HIDDEN_TEXT, Kind
from custom_components.hearken.schedule import ItemKind, async_get_schedule
from tests.integration.agent import SlowAgent
from tests.integration.talking import recorded_events, speak

if TYPE_CHECKING:
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

AGENT = "conversation.speech_conversation"
PIN = "2580"


class House:
    """A house with a lock and a lamp, whose owner chose these options."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Add the entities and their services."""
        self.hass = hass
        self.entry = entry
        self.calls = [
            async_mock_service(hass, *service.split("."))
            for service in ("lock.unlock", "lock.lock", "light.turn_on")
        ]
        self.lock = self.add("lock", "Front door", "locked")
        self.lamp = self.add("light", "Lamp", "off")

    def add(self, domain: str, name: str, state: str, **more: Any) -> str:
        """Add an entity."""
        entry = er.async_get(self.hass).async_get_or_create(
            domain, "test", name, original_name=name, **more
        )
        self.hass.states.async_set(entry.entity_id, state, {"friendly_name": name})
        async_expose_entity(
            self.hass, "conversation", entry.entity_id, should_expose=True
        )
        return entry.entity_id

    async def open(self, **options: Any) -> None:
        """Set the server up with these options."""
        entries = self.hass.config_entries
        entries.async_update_entry(self.entry, options=options)
        if self.entry.state is ConfigEntryState.LOADED:
            await entries.async_unload(self.entry.entry_id)
        assert await entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def say(self, text: str, language: str = "en") -> str:
        """Say something in one conversation; return the answer."""
        result = await conversation.async_converse(
            self.hass, text, "c", Context(), language=language, agent_id=AGENT
        )
        speech: str = result.response.speech["plain"]["speech"]
        assert result.continue_conversation is speech.endswith(("?", "\uff1f"))
        return speech

    @property
    def done(self) -> list[str]:
        """Return what was done so far."""
        calls: list[ServiceCall] = [call for calls in self.calls for call in calls]
        return [f"{call.domain}.{call.service}" for call in calls]


@pytest.fixture
async def house(
    hass: HomeAssistant, server: SpeechServer, server_entry: MockConfigEntry
) -> House:
    """Return a house that is not open yet."""
    assert await async_setup_component(hass, "homeassistant", {})
    return House(hass, server_entry)


@pytest.mark.parametrize(
    ("language", "order", "pin"),
    [
        ("en", "unlock the front door", "two five eight zero"),
        ("de", "schließ die Front door auf", "zwei fünf acht null"),
        ("zh", "解锁Front door", "二五八零"),
        ("en", "unlock the front door", "2580"),
    ],
)
async def test_right_pin(house: House, language: str, order: str, pin: str) -> None:
    """The PIN opens, in digits and in words; a yes does not."""
    await house.open(pin=PIN)
    await house.say(order, language)
    assert house.done == []
    await house.say(pin, language)
    assert house.done == ["lock.unlock"]


async def test_wrong_pins(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong one cancels and says so; after three, none is accepted for a while."""
    await house.open(pin=PIN)
    for _ in range(2):
        question = await house.say("unlock the front door")
        assert question == "I need the PIN for that. Should I unlock Front door?"
        assert await house.say("1111") == "That PIN is not right, so I did not do it."
        # It was cancelled: the right one comes too late.
        await house.say(PIN)
    await house.say("unlock the front door")
    locked = "That was wrong too often. Please try again in a few minutes."
    assert await house.say("1111") == locked
    assert await house.say("unlock the front door") == locked
    await house.say(PIN)
    assert house.done == []
    # What needs no PIN is done as ever.
    await house.say("turn on the lamp")
    assert house.done == ["light.turn_on"]
    later = dt_util.utcnow() + timedelta(minutes=6)
    monkeypatch.setattr(dt_util, "utcnow", lambda: later)
    await house.say("unlock the front door")
    await house.say(PIN)
    assert house.done == ["lock.unlock", "light.turn_on"]


async def test_pin_is_not_passed_on(
    hass: HomeAssistant,
    house: House,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is in no log, in no diagnostics, and in no chat that others read."""
    agent = SlowAgent()
    await async_setup_component(hass, "conversation", {})
    await hass.data["conversation"].async_add_entities([agent])
    caplog.set_level("DEBUG", logger="custom_components.hearken")
    await house.open(pin=PIN, fallback_agent=agent.entity_id)
    await house.say("unlock the front door")
    await house.say(PIN)
    await house.say("tell me a story")
    assert agent.remembered == [["unlock the front door", HIDDEN_TEXT]]
    ours = [r for r in caplog.records if r.name.startswith("custom_components.hearken")]
    assert ours
    assert not [record for record in ours if PIN in record.getMessage()]
    found = await get_diagnostics_for_config_entry(hass, hass_client, house.entry)
    assert PIN not in str(found)


async def test_labels(hass: HomeAssistant, house: House) -> None:
    """Labels of an entity, its device and its area make it risky."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    device = devices.async_get_or_create(
        config_entry_id=house.entry.entry_id, identifiers={("test", "1")}
    )
    area = ar.async_get(hass).async_create("Attic", labels={"nie"})
    devices.async_update_device(device.id, labels={"heikel"})
    house.add("light", "Toaster", "off", device_id=device.id)
    star = house.add("light", "Star", "off")
    entities.async_update_entity(star, area_id=area.id)
    moon = house.add("light", "Moon", "off")
    entities.async_update_entity(moon, labels={"never_by_voice"})
    await house.open(ask_first_labels=["heikel"], never_by_voice_labels=["nie"])
    question = await house.say("turn on the toaster")
    assert question.startswith("Should I really do that with ")
    assert house.done == []
    await house.say("yes")
    assert house.done == ["light.turn_on"]
    for name in ("Star", "Moon"):
        answer = await house.say(f"turn on the {name}")
        assert answer.startswith(f"I may not do that with {name} by voice.")
    assert house.done == ["light.turn_on"]
    # A label that goes allows it at once.
    entities.async_update_entity(moon, labels=set())
    await house.say("turn on the moon")
    assert house.done == ["light.turn_on"] * 2


async def test_never_by_voice(hass: HomeAssistant, house: House) -> None:
    """Locks, groups of them and scenes with them are refused, later ones too."""
    async_mock_service(hass, "scene", "turn_on")
    async_mock_service(hass, "homeassistant", "turn_on")
    for entity_id in ("group.doors", "scene.leave"):
        name = entity_id.partition(".")[2]
        members = {"friendly_name": name, "entity_id": [house.lock]}
        hass.states.async_set(entity_id, "off", members)
        async_expose_entity(hass, "conversation", entity_id, should_expose=True)
    await house.open(never_by_voice=["locks"])
    for order in (
        *("unlock the front door", "lock the front door", "turn on the doors"),
        *("activate leave", "unlock the front door in ten minutes"),
        "turn on the lamp and unlock the front door",
    ):
        assert "by voice" in await house.say(order), order
    assert house.done == []
    assert (await house.say("is the front door locked")).endswith("is locked.")


async def test_delayed_orders(hass: HomeAssistant, house: House) -> None:
    """A yes sets a risky order; one that needs the PIN is only done at once."""
    await house.open()
    assert (await house.say("unlock the front door in ten minutes")).endswith("?")
    await house.say("yes")
    (item,) = async_get_schedule(hass).items
    assert item.kind is ItemKind.ORDER
    assert house.done == []
    commands = [dict(command) for command in item.commands]
    await house.open(pin=PIN)
    refused = "With the PIN, I can only do that at once."
    assert await house.say("unlock the front door in ten minutes") == refused
    # One that was set before there was a PIN.
    await async_execute(hass, "unlock it", "en", Speaker(), commands)
    assert house.done == []


async def test_spoken_pin_is_hidden(
    hass: HomeAssistant,
    server: SpeechServer,
    house: House,
    running_satellite: SatelliteSimulator,
) -> None:
    """Automations, history and the last command get no PIN, but the result."""
    server.ends_speech_after_ms = 200
    await house.open(pin=PIN)
    events = recorded_events(hass)
    for text in ("unlock the front door", PIN):
        server.text = text
        await speak(running_satellite)
    await hass.async_block_till_done()
    heard = [e.exchange.text for e in events if e.kind is Kind.COMMAND_HEARD]
    assert heard == ["unlock the front door", HIDDEN_TEXT]
    assert house.done == ["lock.unlock"]
    assert not [event for event in events if PIN in str(event.exchange)]


async def test_what_only_home_assistant_understands(
    hass: HomeAssistant, house: House
) -> None:
    """In other languages, nobody can be asked, so risky commands are refused."""
    agent = SlowAgent()
    await async_setup_component(hass, "conversation", {})
    await hass.data["conversation"].async_add_entities([agent])
    moon = house.add("light", "Moon", "off")
    await house.open(fallback_agent=agent.entity_id)
    await house.say("allume Moon", "fr")
    assert house.done == ["light.turn_on"]
    er.async_get(hass).async_update_entity(moon, labels={"ask_first"})
    await house.say("allume Moon", "fr")
    await house.say("déverrouille Front door", "fr")
    assert house.done == ["light.turn_on"]
    # It is not left to an agent that does not ask either.
    assert agent.remembered == []

"""A house that dialogues are played in: real core, simulated devices."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.homeassistant import exposed_entities
from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from benchmarks.dialogue import devices, others
from benchmarks.dialogue.judge import Call, Snapshot, Snapshots
from benchmarks.dialogue.sets import LANGUAGES

if TYPE_CHECKING:
    from homeassistant.core import Event, HomeAssistant

    from benchmarks.dialogue.sets import Dialogue, DialogueSet

TAGS: Final = {"en": "en", "de": "de", "zh": "zh-CN"}
_TARGETED: Final = "entity_id"
_GONE: Final = "unavailable"


class Home:
    """The house of one set."""

    def __init__(self, hass: HomeAssistant, house: DialogueSet) -> None:
        """Build in this core."""
        self.hass = hass
        self._house = house
        self._areas: dict[str, str] = {}
        self._devices: dict[str, str] = {}
        self._entities: dict[str, Any] = {}
        self._language = ""
        self.calls: list[Call] = []

    async def build(self) -> None:
        """Add the areas, the satellites and the devices."""
        hass = self.hass
        areas = ar.async_get(hass)
        entry = ConfigEntry(
            data={},
            discovery_keys=MappingProxyType({}),
            domain="bench_satellite",
            entry_id="bench_satellite",
            minor_version=1,
            options={},
            source="user",
            subentries_data=(),
            title="Satellites",
            unique_id=None,
            version=1,
        )
        hass.config_entries._entries[entry.entry_id] = entry  # noqa: SLF001
        for key, names in self._house.areas.items():
            area = areas.async_get_or_create(names[0])
            self._areas[key] = area.id
            device = dr.async_get(hass).async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={("bench_satellite", key)},
                name=f"Satellite {names[0]}",
            )
            dr.async_get(hass).async_update_device(device.id, area_id=area.id)
            self._devices[key] = device.id
        for entity_id in self._house.entities:
            entity: Any = devices.device(entity_id)
            entity.restore(self._first_state(entity_id))
            self._entities[entity_id] = entity
            domain = entity_id.partition(".")[0]
            await others.component_of(hass, domain).async_add_entities([entity])
        await hass.async_block_till_done()
        hass.bus.async_listen("call_service", self._called)

    def device(self, area: str) -> str:
        """Return the device of the satellite in an area."""
        return self._devices[area]

    def _first_state(self, entity_id: str) -> str:
        """Return the state at the start of a dialogue."""
        state = self._house.entities[entity_id].get("state")
        if isinstance(state, bool):
            return "on" if state else "off"
        return devices.first_state(entity_id) if state is None else str(state)

    async def prepare(self, dialogue: Dialogue) -> None:
        """Restore the first states, in the language of a dialogue."""
        if dialogue.language != self._language:
            await self._rename(dialogue.language)
        for entity_id, entity in self._entities.items():
            state = dialogue.start.get(entity_id, self._first_state(entity_id))
            entity._attr_available = state != _GONE  # noqa: SLF001
            entity.restore(self._first_state(entity_id) if state == _GONE else state)
            entity.async_write_ha_state()
        await self.hass.async_block_till_done()

    async def change(self, states: dict[str, str]) -> None:
        """Bring about states as somebody else would."""
        for entity_id, state in states.items():
            self._entities[entity_id].restore(state)
            self._entities[entity_id].async_write_ha_state()
        await self.hass.async_block_till_done()

    async def _rename(self, language: str) -> None:
        """Give everything its name in a language."""
        self._language = language
        hass, registry = self.hass, er.async_get(self.hass)
        position = LANGUAGES.index(language)
        for key, names in self._house.areas.items():
            ar.async_get(hass).async_update(self._areas[key], name=names[position])
        for entity_id, data in self._house.entities.items():
            registry.async_update_entity(
                entity_id,
                area_id=self._areas[data["area"]] if data.get("area") else None,
                name=data[language],
                aliases=[er.COMPUTED_NAME],
            )
            exposed_entities.async_expose_entity(
                hass, "conversation", entity_id, should_expose=True
            )
        await hass.async_block_till_done()

    def snapshots(self) -> Snapshots:
        """Return the states of all devices."""
        found: Snapshots = {}
        for entity_id in self._entities:
            state = self.hass.states.get(entity_id)
            assert state is not None
            found[entity_id] = Snapshot(state.state, dict(state.attributes))
        return found

    def _called(self, event: Event) -> None:
        """Record a service call for each of its entities."""
        data = event.data
        ids = data["service_data"].get(_TARGETED, [])
        for entity_id in [ids] if isinstance(ids, str) else ids:
            if entity_id in self._entities:
                self.calls.append(
                    Call(entity_id, data["service"], data["service_data"])
                )

    async def settle(self) -> None:
        """Wait until everything that was started has ended."""
        await asyncio.sleep(0)
        await self.hass.async_block_till_done()

"""Keeps the names of the exposed devices at hand, in every language that is spoken."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from homeassistant.components.conversation import DOMAIN as ASSISTANT
from homeassistant.components.homeassistant.exposed_entities import (
    async_listen_entity_updates,
    async_should_expose,
)
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_ENTITY_ID, EVENT_STATE_CHANGED
from homeassistant.core import (
    CALLBACK_TYPE,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import intent

from ..const import MAX_NAME_CHARACTERS, VOCABULARY_SLICE_SECONDS
from .home import Device, DeviceState, Home, Place
from .language import known_languages, read
from .lexicon import Lexicon, lexicon
from .numbers import numbers_of
from .risk import DEFAULT_POLICY, Risk, RiskPolicy
from .spellings import Spellings

_MAX_DEVICES: Final = 5000
_SPARE_NAMES: Final = 500
"""Names of the past that are kept in case that they come back."""


@dataclass(slots=True)
class _Look:
    """What there was when the house was looked at."""

    devices: list[Device]
    places: list[Place]
    version: int = 0


@dataclass(frozen=True, slots=True)
class _KnownHome:
    """The house in one language, and what it was made of."""

    version: int
    look: _Look
    home: Home


class HouseKeeper:
    """Returns the house as one language names it, made anew when it has changed."""

    def __init__(
        self, hass: HomeAssistant, policy: RiskPolicy = DEFAULT_POLICY
    ) -> None:
        """Start without knowing the house."""
        self._hass = hass
        self._policy = policy
        self._lexicons: dict[str, Lexicon] = {}
        self._spellings: dict[str, Spellings] = {}
        self._homes: dict[str, _KnownHome] = {}
        self._look: _Look | None = None
        self._version = 0
        self._lock = asyncio.Lock()

    @callback
    def async_listen(self) -> Iterator[CALLBACK_TYPE]:
        """Yield subscriptions to everything that changes names or exposure."""
        bus = self._hass.bus
        yield bus.async_listen(ar.EVENT_AREA_REGISTRY_UPDATED, self._async_changed)
        yield bus.async_listen(fr.EVENT_FLOOR_REGISTRY_UPDATED, self._async_changed)
        yield bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_changed)
        yield bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._async_changed)
        yield bus.async_listen(
            EVENT_STATE_CHANGED, self._async_changed, event_filter=_is_new_or_gone
        )
        yield async_listen_entity_updates(self._hass, ASSISTANT, self._async_changed)

    @callback
    def _async_changed(self, *_: object) -> None:
        """Note that the house has to be looked at again."""
        self._version += 1

    async def async_home(self, language: str) -> tuple[Home, Lexicon] | None:
        """Return the house in a language, None if we do not speak it."""
        known = self._homes.get(language)
        if known is not None and known.version == self._version:
            return known.home, self._lexicons[language]
        async with self._lock:
            words = await self._async_lexicon(language)
            if words is None:
                return None
            version = self._version
            look = await self._async_look()
            known = self._homes.get(language)
            if known is not None and known.look is look:
                home = known.home
            else:
                home = await self._hass.async_add_executor_job(
                    self._home, look, language
                )
            self._homes[language] = _KnownHome(version, look, home)
            return home, words

    def _home(self, look: _Look, language: str) -> Home:
        """Return the house in a language; not for the event loop."""
        count = sum(len(device.names) for device in look.devices)
        known = self._spellings.get(language)
        if known is None or known.size > _SPARE_NAMES + 2 * count:
            # Most of them were names that nothing has any more.
            known = self._spellings[language] = Spellings(self._lexicons[language])
        return Home(look.devices, look.places, known, self._state, self._policy)

    async def _async_lexicon(self, language: str) -> Lexicon | None:
        """Return the words of a language, None if it has none."""
        if language not in self._lexicons:
            found = await self._hass.async_add_executor_job(load_lexicon, language)
            if found is None:
                return None
            self._lexicons[language] = found
        return self._lexicons[language]

    @callback
    def _state(self, entity_id: str) -> DeviceState | None:
        """Return the state of an entity now."""
        state = self._hass.states.get(entity_id)
        return None if state is None else DeviceState(state.state, state.attributes)

    async def _async_look(self) -> _Look:
        """Return the exposed devices and the places, without blocking the loop.

        As long as nothing that matters has changed, it is the same object.
        """
        version, known = self._version, self._look
        if known is not None and known.version == version:
            return known
        devices: list[Device] = []
        began = perf_counter()
        for state in self._hass.states.async_all():
            if (device := self._device(state)) is not None:
                devices.append(device)
            if len(devices) >= _MAX_DEVICES:
                break
            if perf_counter() - began >= VOCABULARY_SLICE_SECONDS:
                await asyncio.sleep(0)
                began = perf_counter()
        places = list(_places(self._hass))
        if known is None or (devices, places) != (known.devices, known.places):
            known = _Look(devices, places)
        known.version = version
        self._look = known
        return known

    def _device(self, state: State) -> Device | None:
        """Return an entity as a device that can be commanded, None if not exposed."""
        hass, entity_id = self._hass, state.entity_id
        if not async_should_expose(hass, ASSISTANT, entity_id):
            return None
        entry = er.async_get(hass).async_get(entity_id)
        names = intent.async_get_entity_aliases(hass, entry, state=state)
        area_id = er.async_get_effective_area_id(hass, entry) if entry else None
        return Device(
            entity_id=entity_id,
            names=tuple(name for name in names if 0 < len(name) <= MAX_NAME_CHARACTERS),
            area_id=area_id,
            device_class=state.attributes.get(ATTR_DEVICE_CLASS),
            labels=labels_of(hass, entity_id),
            members_risk=self._members_risk(state),
        )

    @callback
    def risk_of(self, state: State) -> Risk:
        """Return how risky it is to command an entity."""
        return self._policy.of_device(
            state.domain,
            state.attributes.get(ATTR_DEVICE_CLASS),
            labels_of(self._hass, state.entity_id),
            self._members_risk(state),
        )

    def _members_risk(self, state: State) -> Risk:
        """Return how risky the members of a group are.

        The owner chose what a scene does: of its members, only what is never for the
        voice and what has a label counts.
        """
        members = state.attributes.get(ATTR_ENTITY_ID)
        if not isinstance(members, list | tuple):
            return Risk.NONE
        risks = [Risk.NONE]
        for entity_id in members:
            risks.append(self._policy.of_labels(labels_of(self._hass, entity_id)))
            member = self._hass.states.get(entity_id)
            device_class = (
                None if member is None else member.attributes.get(ATTR_DEVICE_CLASS)
            )
            by_kind = self._policy.of_kind(entity_id.partition(".")[0], device_class)
            if by_kind is Risk.NEVER or state.domain != "scene":
                risks.append(by_kind)
        return max(risks)


@callback
def labels_of(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    """Return the labels of an entity, of its device and of its area."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None:
        return frozenset()
    labels = set(entry.labels)
    if entry.device_id and (device := dr.async_get(hass).async_get(entry.device_id)):
        labels |= device.labels
    if area_id := er.async_get_effective_area_id(hass, entry):
        area = ar.async_get(hass).async_get_area(area_id)
        labels |= area.labels if area else set()
    return frozenset(labels)


def load_lexicon(language: str) -> Lexicon | None:
    """Return the words of a language from its file; not for the event loop."""
    if language not in known_languages():
        return None
    data = read(language, "words")
    # Wanted on the event loop later.
    read(language, "answers")
    return lexicon(language, data, numbers_of(language)) if data else None


@callback
def _is_new_or_gone(data: EventStateChangedData) -> bool:
    """Return whether an entity came or went."""
    return data["old_state"] is None or data["new_state"] is None


def _places(hass: HomeAssistant) -> Iterator[Place]:
    """Yield the areas and floors."""
    areas = list(ar.async_get(hass).async_list_areas())
    for area in areas:
        yield Place(frozenset((area.id,)), (area.name, *sorted(area.aliases)))
    for floor in fr.async_get(hass).async_list_floors():
        inside = frozenset(area.id for area in areas if area.floor_id == floor.floor_id)
        yield Place(inside, (floor.name, *sorted(floor.aliases)))


@callback
def async_are_in(
    hass: HomeAssistant, entity_ids: Collection[str], area_id: str | None
) -> bool:
    """Return whether there are entities and all of them are in one area."""
    registry = er.async_get(hass)
    areas = {
        er.async_get_effective_area_id(hass, entry)
        if (entry := registry.async_get(one)) is not None
        else None
        for one in entity_ids
    }
    return area_id is not None and areas == {area_id}


@callback
def async_room_of(
    hass: HomeAssistant, satellite_id: str | None, device_id: str | None
) -> str | None:
    """Return the area of the satellite that was spoken to."""
    if satellite_id is not None:
        entry = er.async_get(hass).async_get(satellite_id)
        if entry is not None:
            if area_id := er.async_get_effective_area_id(hass, entry):
                return area_id
            device_id = device_id or entry.device_id
    if device_id is not None:
        device = dr.async_get(hass).async_get(device_id)
        return None if device is None else device.area_id
    return None

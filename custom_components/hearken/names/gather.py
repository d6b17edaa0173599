"""The names in the house: what people say and speech-to-text should expect."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from homeassistant.components.conversation import DOMAIN as ASSISTANT
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.intent.const import TIMER_DATA
from homeassistant.components.todo.const import DATA_COMPONENT, TodoItemStatus
from homeassistant.components.todo.entity import TodoListEntity
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import intent
from homeassistant.util.hass_dict import HassKey

from ..const import (
    DOMAIN,
    MAX_NAME_CHARACTERS,
    MAX_VOCABULARY_CHARACTERS,
    VOCABULARY_SLICE_SECONDS,
)
from ..protocol import MAX_VOCABULARY
from .likeness import Name

_DOMAINS: Final = (
    "light",
    "switch",
    "cover",
    "climate",
    "media_player",
    "fan",
    "lock",
    "scene",
    "script",
    "vacuum",
    "todo",
    "timer",
)
"""The most commanded domains: their names come first if there are too many."""
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "light": ("light", "device"),
    "switch": ("device",),
    "fan": ("fan", "device"),
    "media_player": ("player", "device"),
    "cover": ("cover",),
    "climate": ("climate",),
    "lock": ("lock",),
    "vacuum": ("vacuum",),
    "scene": ("scene",),
    "script": ("script",),
}
"""What sentences call the names of a domain."""
_MAX_EXAMPLES: Final = 7
_SLOT: Final = re.compile(r"\{[^}]*\}|<[^>]*>")
_SYNTAX: Final = re.compile(r"[\[\]()|;]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseNames:
    """Everything that can be named in the house, the most important first."""

    names: tuple[str, ...] = ()
    """Areas, floors and exposed entities, including their aliases."""
    terms: tuple[str, ...] = ()
    """Words of sentence triggers, timers, and items on to-do lists."""
    examples: tuple[str, ...] = ()
    """One name of each kind, to try how an unfinished sentence may continue."""
    folded: tuple[str, ...] = ()
    """The names in lower case."""
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    """The names by what they are: `light`, `device` with a switch, `area` …"""


NO_NAMES: Final = HouseNames()


class _TimeSlice:
    """Yields to the event loop whenever a slice of time is used up."""

    def __init__(self) -> None:
        """Start the first slice."""
        self._began = perf_counter()

    async def check(self) -> None:
        """Let other tasks run if the slice is used up."""
        if perf_counter() - self._began >= VOCABULARY_SLICE_SECONDS:
            await asyncio.sleep(0)
            self._began = perf_counter()


class _Collection:
    """Distinct names, up to the limits of a vocabulary."""

    def __init__(self, names: int = MAX_VOCABULARY) -> None:
        """Start empty."""
        self.by_key: dict[str, str] = {}
        self._names_left = names
        self._characters_left = MAX_VOCABULARY_CHARACTERS

    def add(self, name: str) -> bool:
        """Add a name; return whether it can be spoken and is kept."""
        name = " ".join(name.split())
        key = name.casefold()
        if len(name) > MAX_NAME_CHARACTERS or not any(map(str.isalnum, name)):
            return False
        if key in self.by_key:
            return True
        if not self._names_left or len(name) > self._characters_left:
            return False
        self._names_left -= 1
        self._characters_left -= len(name)
        self.by_key[key] = name
        return True


async def async_gather_names(hass: HomeAssistant) -> HouseNames:
    """Return the names in the house, without blocking the event loop."""
    time_slice = _TimeSlice()
    found = _Collection()
    places = [name for name in _places(hass) if found.add(name)]
    examples: dict[str, str] = {}
    kinds: dict[str, list[str]] = defaultdict(list, area=list(places))
    for state in _by_importance(hass.states.async_all()):
        for name in _exposed_names_of(hass, state):
            if found.add(name):
                examples.setdefault(state.domain, name)
                for kind in _KINDS.get(state.domain, ()):
                    kinds[kind].append(name)
        await time_slice.check()
    terms = _Collection()
    for sentence in get_agent_manager(hass).trigger_sentences:
        for part in _parts(sentence):
            terms.add(part)
        await time_slice.check()
    for term in (*_timers(hass), *_items(hass)):
        terms.add(term)
        await time_slice.check()
    return HouseNames(
        names=tuple(found.by_key.values()),
        terms=tuple(terms.by_key.values()),
        examples=(*list(examples.values())[:_MAX_EXAMPLES], *places[:1]),
        folded=tuple(found.by_key),
        kinds=kinds,
    )


@callback
def async_exposed_names(hass: HomeAssistant) -> list[Name]:
    """Return every name of every exposed entity, the most important first."""
    return [
        Name(state.entity_id, name)
        for state in _by_importance(hass.states.async_all())
        for name in _exposed_names_of(hass, state)
    ]


def _places(hass: HomeAssistant) -> Iterator[str]:
    """Yield the names of areas and floors."""
    places: list[ar.AreaEntry | fr.FloorEntry] = [
        *ar.async_get(hass).async_list_areas(),
        *fr.async_get(hass).async_list_floors(),
    ]
    for place in places:
        yield place.name
        yield from sorted(place.aliases)


def _by_importance(states: Iterable[State]) -> list[State]:
    """Return the states, those that are commanded most first."""
    ranks = {domain: rank for rank, domain in enumerate(_DOMAINS)}
    return sorted(states, key=lambda state: ranks.get(state.domain, len(ranks)))


def _exposed_names_of(hass: HomeAssistant, state: State) -> list[str]:
    """Return the names of an entity, none if it is not exposed."""
    if not async_should_expose(hass, ASSISTANT, state.entity_id):
        return []
    entry = er.async_get(hass).async_get(state.entity_id)
    return intent.async_get_entity_aliases(hass, entry, state=state)


@callback
def async_exposed_lists(hass: HomeAssistant) -> list[TodoListEntity]:
    """Return the to-do lists that are exposed."""
    component = hass.data.get(DATA_COMPONENT)
    if component is None:
        return []
    return [
        entity
        for entity in component.entities
        if async_should_expose(hass, ASSISTANT, entity.entity_id)
    ]


def _items(hass: HomeAssistant) -> Iterator[str]:
    """Yield the items on to-do lists that are not done yet."""
    for entity in async_exposed_lists(hass):
        for item in entity.todo_items or ():
            if item.summary and item.status is not TodoItemStatus.COMPLETED:
                yield item.summary


SCHEDULED_NAMES: HassKey[Callable[[], Iterable[str]]] = HassKey(
    f"{DOMAIN}_scheduled_names"
)
"""Returns the names of what is scheduled; set by whoever keeps it."""


def _timers(hass: HomeAssistant) -> Iterator[str]:
    """Yield the names of the timers that were set by voice."""
    manager = hass.data.get(TIMER_DATA)
    for timer in manager.timers.values() if manager is not None else ():
        if timer.name:
            yield timer.name
    yield from hass.data.get(SCHEDULED_NAMES, tuple)()


def _parts(sentence: str) -> Iterator[str]:
    """Yield the parts of a sentence template between its placeholders."""
    for part in _SLOT.split(sentence):
        if words := " ".join(_SYNTAX.sub(" ", part).split()):
            yield words

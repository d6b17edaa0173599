"""The names of the house: what people say, and speech-to-text should expect."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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

from ..const import (
    MAX_NAME_CHARACTERS,
    MAX_VOCABULARY_CHARACTERS,
    VOCABULARY_SLICE_SECONDS,
)
from ..protocol import MAX_VOCABULARY

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
"""What is commanded most; its names come first where there are too many."""
_MAX_EXAMPLES: Final = 7
_SLOT: Final = re.compile(r"\{[^}]*\}|<[^>]*>")
_SYNTAX: Final = re.compile(r"[\[\]()|;]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNames:
    """What can be named in the house, the most important first."""

    names: tuple[str, ...] = ()
    """Areas, floors and exposed entities, with their aliases."""
    terms: tuple[str, ...] = ()
    """Words of sentences that automations wait for, timers, items of lists."""
    examples: tuple[str, ...] = ()
    """One name of each kind, to try how a sentence may go on."""
    folded: tuple[str, ...] = ()
    """The names in lower case."""


NO_NAMES: Final = KnownNames()


class _Breath:
    """Lets others run when too much time has been taken."""

    def __init__(self) -> None:
        """Begin to count."""
        self._began = perf_counter()

    async def take(self) -> None:
        """Pause, if it is time to."""
        if perf_counter() - self._began >= VOCABULARY_SLICE_SECONDS:
            await asyncio.sleep(0)
            self._began = perf_counter()


class _Collection:
    """Names, each once, up to the limits."""

    def __init__(self, names: int = MAX_VOCABULARY) -> None:
        """Begin empty."""
        self.by_key: dict[str, str] = {}
        self._names_left = names
        self._characters_left = MAX_VOCABULARY_CHARACTERS

    def add(self, name: str) -> bool:
        """Take a name; tell whether it is one that can be spoken and is kept."""
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


async def async_gather_names(hass: HomeAssistant) -> KnownNames:
    """Return the names of the house, in slices that hold up nobody."""
    breath = _Breath()
    found = _Collection()
    places = [name for name in _places(hass) if found.add(name)]
    examples: dict[str, str] = {}
    for state in _by_importance(hass.states.async_all()):
        for name in _names_of(hass, state):
            if found.add(name):
                examples.setdefault(state.domain, name)
        await breath.take()
    terms = _Collection()
    for sentence in get_agent_manager(hass).trigger_sentences:
        for part in _parts(sentence):
            terms.add(part)
        await breath.take()
    for term in (*_timers(hass), *_items(hass)):
        terms.add(term)
        await breath.take()
    return KnownNames(
        names=tuple(found.by_key.values()),
        terms=tuple(terms.by_key.values()),
        examples=(*list(examples.values())[:_MAX_EXAMPLES], *places[:1]),
        folded=tuple(found.by_key),
    )


def _places(hass: HomeAssistant) -> Iterator[str]:
    """Return the names of areas and floors."""
    places: list[ar.AreaEntry | fr.FloorEntry] = [
        *ar.async_get(hass).async_list_areas(),
        *fr.async_get(hass).async_list_floors(),
    ]
    for place in places:
        yield place.name
        yield from sorted(place.aliases)


def _by_importance(states: Iterable[State]) -> list[State]:
    """Return the states in the order in which their names matter."""
    ranks = {domain: rank for rank, domain in enumerate(_DOMAINS)}
    return sorted(states, key=lambda state: ranks.get(state.domain, len(ranks)))


def _names_of(hass: HomeAssistant, state: State) -> list[str]:
    """Return what an entity may be called, if it may be called at all."""
    if not async_should_expose(hass, ASSISTANT, state.entity_id):
        return []
    entry = er.async_get(hass).async_get(state.entity_id)
    return intent.async_get_entity_aliases(hass, entry, state=state)


@callback
def async_exposed_lists(hass: HomeAssistant) -> list[TodoListEntity]:
    """Return the lists that the assistant may use."""
    component = hass.data.get(DATA_COMPONENT)
    if component is None:
        return []
    return [
        entity
        for entity in component.entities
        if async_should_expose(hass, ASSISTANT, entity.entity_id)
    ]


def _items(hass: HomeAssistant) -> Iterator[str]:
    """Return what is on the lists and not done yet."""
    for entity in async_exposed_lists(hass):
        for item in entity.todo_items or ():
            if item.summary and item.status is not TodoItemStatus.COMPLETED:
                yield item.summary


def _timers(hass: HomeAssistant) -> Iterator[str]:
    """Return the names of the timers that were set by voice."""
    manager = hass.data.get(TIMER_DATA)
    for timer in manager.timers.values() if manager is not None else ():
        if timer.name:
            yield timer.name


def _parts(sentence: str) -> Iterator[str]:
    """Return the words of a sentence template, without its placeholders."""
    for part in _SLOT.split(sentence):
        if words := " ".join(_SYNTAX.sub(" ", part).split()):
            yield words

"""Keeps the vocabulary of the speech server up to date."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.components.conversation import DOMAIN as ASSISTANT
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.homeassistant.exposed_entities import (
    async_listen_entity_updates,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_FRIENDLY_NAME, EVENT_STATE_CHANGED
from homeassistant.core import (
    CALLBACK_TYPE,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later

from ..client.vocabulary import store_vocabulary
from ..const import (
    SIGNAL_TIMERS_CHANGED,
    VOCABULARY_DELAY_SECONDS,
    VOCABULARY_RETRY_SECONDS,
)
from ..coordinator import ServerCoordinator
from ..errors import CannotConnectError, HearkenError
from ..protocol import Vocabulary
from .gather import NO_NAMES, HouseNames, async_exposed_lists, async_gather_names

_LOGGER = logging.getLogger(__name__)

_ENTITY_FIELDS = frozenset(
    {"aliases", "device_id", "entity_id", "has_entity_name", "name", "original_name"}
)
_DEVICE_FIELDS = frozenset({"name", "name_by_user"})


class VocabularyKeeper:
    """Gathers the names when they change and sends them to the server."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Serve one speech server's entry; ``async_start`` starts."""
        self.known: HouseNames = NO_NAMES
        self.key = entry.entry_id
        """Identifies the vocabulary: other houses may use the same server."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._stored: Vocabulary | None = None
        self._stored_run = ""
        self._is_running = False
        self._is_stale = False
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._lists: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Watch for changes until the entry is unloaded."""
        listen = self._hass.bus.async_listen
        stops: list[Callable[[], None]] = [
            listen(ar.EVENT_AREA_REGISTRY_UPDATED, self._names_changed),
            listen(fr.EVENT_FLOOR_REGISTRY_UPDATED, self._names_changed),
            listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED,
                self._names_changed,
                event_filter=_is_entity_renamed,
            ),
            listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED,
                self._names_changed,
                event_filter=_is_device_renamed,
            ),
            listen(
                EVENT_STATE_CHANGED, self._names_changed, event_filter=_is_state_renamed
            ),
            async_listen_entity_updates(self._hass, ASSISTANT, self._names_changed),
            get_agent_manager(self._hass).subscribe_intents(self._names_changed),
            async_dispatcher_connect(
                self._hass, SIGNAL_TIMERS_CHANGED, self._names_changed
            ),
            self._coordinator.async_add_listener(self._server_changed),
            self._stop,
        ]
        for stop in stops:
            self._entry.async_on_unload(stop)
        self._begin()

    @callback
    def _stop(self) -> None:
        """Cancel the timer and the subscriptions; the entry cancels the task."""
        self._forget_timer()
        self._forget_lists()

    @callback
    def _forget_timer(self) -> None:
        """Cancel the timer."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _names_changed(self, _what: Any = None) -> None:
        """Gather the names again after a delay: changes come in bursts."""
        self._schedule(VOCABULARY_DELAY_SECONDS)

    @callback
    def _server_changed(self) -> None:
        """Send the names again to a server that may have lost them."""
        if not self._coordinator.last_update_success:
            self._stored = None
        elif self._stored is None or self._stored_run != self._run:
            self._stored = None
            self._begin()

    @callback
    def async_send_again(self) -> None:
        """Send the names again: the server does not have them any more."""
        self._stored = None
        self._begin()

    @callback
    def _follow_lists(self) -> None:
        """Subscribe to to-do lists: a new item need not change a list's state."""
        self._forget_lists()
        self._lists = [
            entity.async_subscribe_updates(self._names_changed)
            for entity in async_exposed_lists(self._hass)
        ]

    @callback
    def _forget_lists(self) -> None:
        """Unsubscribe from to-do lists."""
        while self._lists:
            self._lists.pop()()

    @property
    def _run(self) -> str:
        """Return the id of the server's current run."""
        return self._coordinator.data.welcome.run

    @callback
    def _schedule(self, seconds: float) -> None:
        """Gather later; a timer that is already running is kept."""
        if self._cancel_timer is None:
            self._cancel_timer = async_call_later(self._hass, seconds, self._begin)

    @callback
    def _begin(self, _now: datetime | None = None) -> None:
        """Gather and send now, or again after the run in progress."""
        self._forget_timer()
        if self._is_running:
            self._is_stale = True
            return
        self._is_running = True
        self._entry.async_create_background_task(
            self._hass, self._renew(), f"{self._entry.title} vocabulary"
        )

    async def _renew(self) -> None:
        """Gather the names and send them unless the server has them."""
        try:
            self._follow_lists()
            self.known = await async_gather_names(self._hass)
            await self._tell()
        finally:
            self._is_running = False
        if self._is_stale:
            self._is_stale = False
            self._schedule(VOCABULARY_DELAY_SECONDS)

    async def _tell(self) -> None:
        """Send the names unless the server has them."""
        wanted = Vocabulary(
            key=self.key, names=self.known.names, terms=self.known.terms
        )
        run = self._run
        if wanted == self._stored and run == self._stored_run:
            return
        if not self._coordinator.last_update_success:
            # Sent as soon as the server is back.
            self._stored = None
            return
        try:
            await store_vocabulary(self._coordinator.address, wanted)
        except HearkenError as err:
            self._stored = None
            level = (
                logging.DEBUG
                if isinstance(err, CannotConnectError)
                else logging.WARNING
            )
            _LOGGER.log(
                level, "%s did not accept the names: %s", self._entry.title, err
            )
            self._schedule(VOCABULARY_RETRY_SECONDS)
            return
        self._stored, self._stored_run = wanted, run
        _LOGGER.debug("%s knows %s names", self._entry.title, len(wanted.names))


@callback
def _is_entity_renamed(data: er.EventEntityRegistryUpdatedData) -> bool:
    """Return whether the names of an entity may have changed."""
    return data["action"] == "update" and not _ENTITY_FIELDS.isdisjoint(data["changes"])


@callback
def _is_device_renamed(data: dr.EventDeviceRegistryUpdatedData) -> bool:
    """Return whether a device, and with it its entities, was renamed."""
    return data["action"] == "update" and not _DEVICE_FIELDS.isdisjoint(data["changes"])


@callback
def _is_state_renamed(data: EventStateChangedData) -> bool:
    """Return whether an entity was added, removed or renamed."""
    old, new = data["old_state"], data["new_state"]
    if old is None or new is None:
        return True
    return old.attributes.get(ATTR_FRIENDLY_NAME) != new.attributes.get(
        ATTR_FRIENDLY_NAME
    )

"""The live connection to a speech server, for entities and repairs."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..client.control import ControlClient
from ..client.listeners import Listeners, Observable
from ..client.live import LiveLink
from ..client.status import ServerModel, ServerStatus
from ..const import CONF_TOKEN, DOMAIN, SIGNAL_SERVER_RETURNED
from ..coordinator import ServerCoordinator
from ..errors import ControlUnreachableError, HearkenError, InvalidTokenError
from ..texts.reasons import async_reason_text
from .health import async_report_health
from .issues import async_report_version


async def async_send_request(
    hass: HomeAssistant, request: Awaitable[None], failure: str, **placeholders: str
) -> None:
    """Send a request of the user; raise a translated error if it fails."""
    try:
        await request
    except HearkenError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=failure,
            translation_placeholders={
                **placeholders,
                "reason": async_reason_text(hass, err),
            },
        ) from err


class ServerLink(Observable):
    """The live connection to one speech server."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Prepare to connect; nothing happens before ``async_start``."""
        super().__init__()
        self._hass = hass
        self._entry = entry
        self.coordinator = coordinator
        self.live = LiveLink(self.client, entry.unique_id or "", entry.title, self)
        self.status: ServerStatus | None = None
        """Last status of the server; None while not connected."""
        self.models: tuple[ServerModel, ...] = ()
        self._is_refused = False
        self._event_listeners = Listeners[Callable[[dict[str, Any]], None]]()

    async def async_start(self) -> None:
        """Connect, and stay connected while the entry is loaded."""
        self._entry.async_create_background_task(
            self._hass,
            self.live.run(),
            f"{DOMAIN} live connection to {self._entry.title}",
        )
        self._entry.async_on_unload(
            self.coordinator.async_add_listener(self._on_coordinator_update)
        )
        await self.live.first_attempt()

    def client(self) -> ControlClient:
        """Return a client of the control API, at its current port."""
        port = self.coordinator.data.welcome.http_port
        if port is None:
            msg = "the server has no control API"
            raise ControlUnreachableError(msg)
        return ControlClient(
            async_get_clientsession(self._hass),
            self._entry.data[CONF_HOST],
            port,
            self._entry.data[CONF_TOKEN],
            self.coordinator.address.reached,
        )

    @callback
    def async_add_event_listener(
        self, listener: Callable[[dict[str, Any]], None]
    ) -> CALLBACK_TYPE:
        """Call the listener for each event; return a function that stops it."""
        return self._event_listeners.add(listener)

    @callback
    def on_status(self, status: ServerStatus, models: tuple[ServerModel, ...]) -> None:
        """Store a new status of the server."""
        if self.status is None:
            self._is_refused = False
            async_report_version(self._hass, self._entry, None)
            # Satellites whose attempts failed while it started try again at once.
            async_dispatcher_send(self._hass, SIGNAL_SERVER_RETURNED)
            # Even if the last poll succeeded: one in progress may still fail.
            self.coordinator.async_check_now()
        elif self.status.model != status.model:
            # Another model supports other languages.
            self.coordinator.async_check_now()
        self.status, self.models = status, models
        async_report_health(self._hass, self._entry, status)
        self.async_notify()

    @callback
    def on_event(self, event: dict[str, Any]) -> None:
        """Pass on an event of the server."""
        for listener in self._event_listeners:
            listener(event)

    @callback
    def on_lost(self, err: HearkenError) -> None:
        """Handle the loss of the connection; ask for a new token if refused."""
        was_connected, self.status = self.status is not None, None
        async_report_version(self._hass, self._entry, err)
        if isinstance(err, InvalidTokenError) and not self._is_refused:
            self._is_refused = True
            self._entry.async_start_reauth(self._hass)
        if was_connected:
            self.coordinator.async_check_now()
            self.async_notify()

    @callback
    def _on_coordinator_update(self) -> None:
        """Connect at once when the server answers again."""
        if self.status is None and self.coordinator.last_update_success:
            self.live.retry_now()

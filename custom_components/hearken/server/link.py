"""What the live connection to a speech server says, for entities and repairs."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..client.control import ControlClient
from ..client.listeners import Listeners, Observable
from ..client.live import LiveLink
from ..client.status import ServerModel, ServerStatus
from ..const import CONF_TOKEN, DOMAIN
from ..coordinator import ServerCoordinator
from ..errors import ControlUnreachableError, HearkenError, InvalidTokenError
from .health import async_report_health
from .issues import async_report_version


async def async_tell_server(
    request: Awaitable[None], failure: str, **placeholders: str
) -> None:
    """Send what a person wants; say in their language why that failed."""
    try:
        await request
    except HearkenError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=failure,
            translation_placeholders={**placeholders, "reason": str(err)},
        ) from err


class ServerControl(Observable):
    """The live connection of one speech server."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ServerCoordinator
    ) -> None:
        """Know of nothing yet; ``async_start`` connects."""
        super().__init__()
        self._hass = hass
        self._entry = entry
        self.coordinator = coordinator
        self.link = LiveLink(self.client, entry.unique_id or "", self)
        self.status: ServerStatus | None = None
        """How the server is doing; None without a connection."""
        self.models: tuple[ServerModel, ...] = ()
        self._is_refused = False
        self._event_listeners = Listeners[Callable[[dict[str, Any]], None]]()

    async def async_start(self) -> None:
        """Connect, and stay connected for as long as the entry is loaded."""
        self._entry.async_create_background_task(
            self._hass,
            self.link.run(),
            f"{DOMAIN} live connection to {self._entry.title}",
        )
        await self.link.first_attempt()

    def client(self) -> ControlClient:
        """Return a client of the control API, at the port where it is now."""
        port = self.coordinator.data.welcome.http_port
        if port is None:
            msg = "the server has no control API"
            raise ControlUnreachableError(msg)
        return ControlClient(
            async_get_clientsession(self._hass),
            self._entry.data[CONF_HOST],
            port,
            self._entry.data[CONF_TOKEN],
        )

    @callback
    def async_add_event_listener(
        self, tell: Callable[[dict[str, Any]], None]
    ) -> CALLBACK_TYPE:
        """Tell of each thing that the server does; return how to stop that."""
        return self._event_listeners.add(tell)

    @callback
    def on_status(self, status: ServerStatus, models: tuple[ServerModel, ...]) -> None:
        """Take note of how the server is doing."""
        if self.status is None:
            self._is_refused = False
            async_report_version(self._hass, self._entry, None)
            if not self.coordinator.last_update_success:
                self.coordinator.async_doubt()
        elif self.status.model != status.model:
            # Another model knows other languages.
            self.coordinator.async_doubt()
        self.status, self.models = status, models
        async_report_health(self._hass, self._entry, status)
        self.async_notify()

    @callback
    def on_event(self, event: dict[str, Any]) -> None:
        """Hand on what the server did."""
        for tell in self._event_listeners:
            tell(event)

    @callback
    def on_lost(self, err: HearkenError) -> None:
        """Take note that there is no connection, and ask for what is missing."""
        was_connected, self.status = self.status is not None, None
        async_report_version(self._hass, self._entry, err)
        if isinstance(err, InvalidTokenError) and not self._is_refused:
            self._is_refused = True
            self._entry.async_start_reauth(self._hass)
        if was_connected:
            self.coordinator.async_doubt()
            self.async_notify()

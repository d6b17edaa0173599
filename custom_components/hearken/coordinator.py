"""Polling of a speech server for its identity and abilities."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .client.abilities import Abilities, abilities_of
from .client.connection import Address, Peer, probe
from .const import (
    CONF_TOKEN,
    DOMAIN,
    RECONNECT_MAX_SECONDS,
    RETRY_MIN_SECONDS,
    SERVER_POLL_SECONDS,
    SIGNAL_WORDS,
)
from .errors import HearkenError, WrongDeviceError
from .protocol import PeerKind
from .texts.reasons import async_reason_text

_LOGGER = logging.getLogger(__name__)

_POLL = timedelta(seconds=SERVER_POLL_SECONDS)
_POLL_WHILE_AWAY = timedelta(seconds=RECONNECT_MAX_SECONDS)


class ServerCoordinator(DataUpdateCoordinator[Peer]):
    """Polls one speech server, more often while it does not answer."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        address: Address,
        report_version: Callable[[HearkenError | None], None],
    ) -> None:
        """Start without data; ``report_version`` reports incompatible versions."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=_POLL,
            always_update=False,
        )
        self.address = address
        self._report_version = report_version
        self.abilities = Abilities()
        self._is_check_requested = False
        self._check: asyncio.Task[None] | None = None

    @callback
    def async_check_now(self) -> None:
        """Check now whether the server answers: its availability may have changed.

        A call during a check causes another check. ``async_request_refresh`` is no
        substitute: it waits until ten seconds after the last request.
        """
        self._is_check_requested = True
        if self._check is None or self._check.done():
            self._check = self.config_entry.async_create_background_task(
                self.hass, self._async_check(), f"{self.name} check"
            )

    async def _async_check(self) -> None:
        """Poll the server until no further check is requested."""
        while self._is_check_requested:
            self._is_check_requested = False
            await self.async_refresh()
            await asyncio.sleep(RETRY_MIN_SECONDS)

    @override
    async def _async_update_data(self) -> Peer:
        """Return the identity and the abilities of the server."""
        try:
            peer = await probe(self.address, PeerKind.SERVER)
            if peer.welcome.id != self.config_entry.unique_id:
                msg = f"another server answers: {peer.welcome.name}"
                raise WrongDeviceError(msg)
        except HearkenError as err:
            self.update_interval = _POLL_WHILE_AWAY
            self._report_version(err)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=err.translation_key,
                translation_placeholders={
                    "name": self.config_entry.title,
                    "host": self.config_entry.data[CONF_HOST],
                    "port": str(self.config_entry.data[CONF_PORT]),
                    "reason": async_reason_text(self.hass, err),
                },
            ) from err
        self.update_interval = _POLL
        if CONF_TOKEN not in self.config_entry.data:
            # Otherwise the live connection reports it, sooner than this poll.
            self._report_version(None)
        abilities = abilities_of(peer.info)
        if abilities != self.abilities:
            self.abilities = abilities
            async_dispatcher_send(self.hass, SIGNAL_WORDS)
        return peer

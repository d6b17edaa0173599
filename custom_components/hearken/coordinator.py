"""Keeps an eye on the speech server."""

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
from .const import CONF_TOKEN, DOMAIN, SERVER_POLL_SECONDS, SIGNAL_WORDS
from .errors import HearkenError, WrongDeviceError
from .protocol import PeerKind

_LOGGER = logging.getLogger(__name__)


class ServerCoordinator(DataUpdateCoordinator[Peer]):
    """Asks the speech server now and then how it is."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        address: Address,
        report_version: Callable[[HearkenError | None], None],
    ) -> None:
        """Start without data; versions that do not fit are reported."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(seconds=SERVER_POLL_SECONDS),
            always_update=False,
        )
        self.address = address
        self._report_version = report_version
        self.abilities = Abilities()

    @callback
    def async_doubt(self) -> None:
        """Look soon whether the server still is there: a request has failed."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), f"{self.name} look again"
        )

    @override
    async def _async_update_data(self) -> Peer:
        """Ask the server who it is and what it can do."""
        try:
            peer = await probe(self.address, PeerKind.SERVER)
            if peer.welcome.id != self.config_entry.unique_id:
                msg = f"another server answers: {peer.welcome.name}"
                raise WrongDeviceError(msg)
        except HearkenError as err:
            self._report_version(err)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=err.translation_key,
                translation_placeholders={
                    "name": self.config_entry.title,
                    "host": self.config_entry.data[CONF_HOST],
                    "port": str(self.config_entry.data[CONF_PORT]),
                    "reason": str(err),
                },
            ) from err
        if CONF_TOKEN not in self.config_entry.data:
            # Otherwise the live connection knows better.
            self._report_version(None)
        abilities = abilities_of(peer.info)
        if abilities != self.abilities:
            self.abilities = abilities
            async_dispatcher_send(self.hass, SIGNAL_WORDS)
        return peer

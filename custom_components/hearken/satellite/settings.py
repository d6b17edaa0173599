"""Settings and activity of a satellite, for all of its entities."""

import asyncio
import contextlib
import logging
from enum import StrEnum

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from wyoming.event import Event

from ..client.listeners import Observable
from ..client.wire import parse
from ..const import DOMAIN, SETTINGS_AGAIN_SECONDS, SETTINGS_TIMEOUT_SECONDS
from ..errors import ConnectionLostError
from ..protocol import Ability, SatelliteSettings
from .connection import SatelliteLink

_LOGGER = logging.getLogger(__name__)

_ENOUGH = 1e-6
"""Tolerance of numbers that went over the wire."""


class Failure(StrEnum):
    """Why settings were not changed; the values are translation keys."""

    NOT_CONFIRMED = "settings_not_confirmed"
    REFUSED = "settings_refused"


class SatelliteControl(Observable):
    """The settings that the satellite reports, and requests to change them."""

    def __init__(self, link: SatelliteLink) -> None:
        """Start with the settings that the satellite sent when it connected."""
        self.link = link
        self.settings = link.peer.welcome.settings or SatelliteSettings()
        self.is_listening = False
        """Whether the satellite is listening to a command."""
        self.last_command: str | None = None
        """The last command."""
        super().__init__()
        self._reported = asyncio.Event()
        self._changing = asyncio.Lock()

    def can(self, ability: Ability) -> bool:
        """Return whether the satellite has an ability."""
        return ability in self.link.peer.welcome.abilities

    @property
    def is_muted(self) -> bool:
        """Return whether the microphone is muted."""
        return self.settings.muted is True

    @callback
    def async_set_listening(self, *, is_listening: bool) -> None:
        """Update whether the satellite is listening."""
        if is_listening != self.is_listening:
            self.is_listening = is_listening
            self.async_notify()

    @callback
    def async_set_last_command(self, text: str | None) -> None:
        """Update the last command."""
        self.last_command = text
        self.async_notify()

    async def async_change(self, changes: SatelliteSettings) -> None:
        """Change settings and return once the satellite confirms them."""
        failure = Failure.NOT_CONFIRMED
        async with self._changing:
            with contextlib.suppress(TimeoutError, ConnectionLostError):
                async with asyncio.timeout(SETTINGS_TIMEOUT_SECONDS):
                    await self._ask(changes)
                failure = Failure.REFUSED
                if _holds(self.settings, changes):
                    return
                # What it reported may have been another change just before.
                async with asyncio.timeout(SETTINGS_AGAIN_SECONDS):
                    await self._reported.wait()
                if _holds(self.settings, changes):
                    return
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=failure.value,
            translation_placeholders={"name": self.link.peer.welcome.name},
        )

    async def _ask(self, changes: SatelliteSettings) -> None:
        """Send changes and wait until the satellite reports its settings."""
        self._reported.clear()
        await self.link.send(changes)
        await self._reported.wait()
        self._reported.clear()

    # What the connection reports.

    @callback
    def on_connected(self) -> None:
        """Take over the settings of the satellite."""
        self.settings = self.link.peer.welcome.settings or SatelliteSettings()
        self.async_notify()

    @callback
    def on_disconnected(self) -> None:
        """Reset the activity."""
        self.is_listening = False
        self.async_notify()

    @callback
    def on_event(self, event: Event) -> None:
        """Take over settings, whoever changed them."""
        if SatelliteSettings.is_type(event.type):
            reported = parse(SatelliteSettings.from_event, event)
            if reported.muted != self.settings.muted:
                state = "muted" if reported.muted else "not muted"
                _LOGGER.info("%s is %s", self.link.peer.welcome.name, state)
            self.settings = reported
            self._reported.set()
            self.async_notify()


def _holds(settings: SatelliteSettings, changes: SatelliteSettings) -> bool:
    """Return whether the settings include the changes."""
    thresholds = settings.thresholds or {}
    return (
        changes.muted in (None, settings.muted)
        and changes.wake_words in (None, settings.wake_words)
        and _is_near(settings.volume, changes.volume)
        and _is_near(settings.gain_db, changes.gain_db)
        and all(
            _is_near(thresholds.get(word), threshold)
            for word, threshold in (changes.thresholds or {}).items()
        )
    )


def _is_near(value: float | None, wanted: float | None) -> bool:
    """Return whether a number is near the wanted one, if there is one."""
    if wanted is None:
        return True
    return value is not None and abs(value - wanted) < _ENOUGH

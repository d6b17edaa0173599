"""How a satellite is set and what it is doing, for all of its entities."""

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
"""Numbers may lose this much on their way."""


class Failure(StrEnum):
    """Why settings were not changed; the values are keys of translations."""

    NOT_CONFIRMED = "settings_not_confirmed"
    REFUSED = "settings_refused"


class SatelliteControl(Observable):
    """Keeps what the satellite tells of itself, and changes it."""

    def __init__(self, link: SatelliteLink) -> None:
        """Begin with what the satellite said when it was met."""
        self.link = link
        self.settings = link.peer.welcome.settings or SatelliteSettings()
        self.is_listening = False
        """Whether somebody's command is listened to right now."""
        self.last_command: str | None = None
        """The words that were heard last."""
        super().__init__()
        self._told = asyncio.Event()
        self._changing = asyncio.Lock()

    def can(self, ability: Ability) -> bool:
        """Return whether the satellite said that it can do this."""
        return ability in self.link.peer.welcome.abilities

    @property
    def is_muted(self) -> bool:
        """Return whether the satellite's microphone is closed for good."""
        return self.settings.muted is True

    @callback
    def async_note(self, *, is_listening: bool) -> None:
        """Take note of what the satellite is doing."""
        if is_listening != self.is_listening:
            self.is_listening = is_listening
            self.async_notify()

    @callback
    def async_note_command(self, text: str | None) -> None:
        """Take note of the words of a command."""
        self.last_command = text
        self.async_notify()

    async def async_change(self, changes: SatelliteSettings) -> None:
        """Change settings and return when the satellite has them."""
        failure = Failure.NOT_CONFIRMED
        async with self._changing:
            with contextlib.suppress(TimeoutError, ConnectionLostError):
                async with asyncio.timeout(SETTINGS_TIMEOUT_SECONDS):
                    await self._ask(changes)
                failure = Failure.REFUSED
                if _holds(self.settings, changes):
                    return
                # It may have told of another change just before.
                async with asyncio.timeout(SETTINGS_AGAIN_SECONDS):
                    await self._told.wait()
                if _holds(self.settings, changes):
                    return
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=failure.value,
            translation_placeholders={"name": self.link.peer.welcome.name},
        )

    async def _ask(self, changes: SatelliteSettings) -> None:
        """Send changes and wait until the satellite tells its settings."""
        self._told.clear()
        await self.link.send(changes)
        await self._told.wait()
        self._told.clear()

    # What the connection tells.

    @callback
    def on_connected(self) -> None:
        """Take over how the satellite is set now."""
        self.settings = self.link.peer.welcome.settings or SatelliteSettings()
        self.async_notify()

    @callback
    def on_disconnected(self) -> None:
        """Take note that nothing is going on."""
        self.is_listening = False
        self.async_notify()

    @callback
    def on_event(self, event: Event) -> None:
        """Take note of settings, whoever changed them."""
        if SatelliteSettings.is_type(event.type):
            told = parse(SatelliteSettings.from_event, event)
            if told.muted != self.settings.muted:
                state = "muted" if told.muted else "not muted"
                _LOGGER.info("%s is %s", self.link.peer.welcome.name, state)
            self.settings = told
            self._told.set()
            self.async_notify()


def _holds(settings: SatelliteSettings, changes: SatelliteSettings) -> bool:
    """Tell whether the settings are as the changes want them."""
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
    """Tell whether a number is as it is wanted, if it is wanted at all."""
    if wanted is None:
        return True
    return value is not None and abs(value - wanted) < _ENOUGH

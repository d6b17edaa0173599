"""Background tasks of a satellite."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant


class Tasks:
    """Starts tasks that end with the config entry and inherit no context.

    A run that is started by another one would otherwise inherit its chat session. Home
    Assistant does not refresh an inherited session and would forget the conversation
    while it goes on.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start tasks for this entry."""
        self.hass = hass
        self._entry = entry

    def option(self, key: str) -> Any:
        """Return an option of the entry as it is now, None if it was never set."""
        return self._entry.options.get(key)

    def start(
        self, coroutine: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]:
        """Start a task."""
        return Context().run(
            self._entry.async_create_background_task,
            self.hass,
            coroutine,
            f"{self._entry.title} {name}",
            eager_start=False,
        )

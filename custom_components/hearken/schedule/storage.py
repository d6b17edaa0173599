"""Keeps the schedule on disk."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .items import Item

_LOGGER = logging.getLogger(__name__)

_KEY: Final = f"{DOMAIN}.schedule"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept."""

    items: list[Item]
    ringing: list[Item]
    """What rang, and was not stopped."""


class ScheduleStore:
    """Reads and writes the schedule."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Use the file of this Home Assistant."""
        # Reminders are private: only Home Assistant's user may read them.
        self._store = Store[dict[str, Any]](
            hass, _VERSION, _KEY, private=True, atomic_writes=True
        )

    async def async_load(self) -> Stored:
        """Return what was kept; what is damaged is left out."""
        data = await self._store.async_load() or {}
        return Stored(_read(data.get("items")), _read(data.get("ringing")))

    async def async_save(self, items: Iterable[Item], ringing: Iterable[Item]) -> None:
        """Write everything at once."""
        await self._store.async_save(
            {
                "items": [item.to_dict() for item in items],
                "ringing": [item.to_dict() for item in ringing],
            }
        )


def _read(data: Any) -> list[Item]:
    """Return the items that can be read."""
    found = []
    for one in data if isinstance(data, list) else ():
        try:
            found.append(Item.from_dict(one))
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            _LOGGER.warning("An item of the schedule cannot be read: %s", err)
    return found

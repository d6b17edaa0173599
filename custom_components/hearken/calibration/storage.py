"""Stores what is known about the wake words of a satellite."""

import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .threshold import WordHistory

_LOGGER = logging.getLogger(__name__)

MAX_WORDS: Final = 50
_VERSION: Final = 1
_UNREADABLE: Final = (
    *(HomeAssistantError, NotImplementedError, OSError),
    *(AttributeError, KeyError, TypeError, ValueError),
)


class Histories:
    """The histories of a satellite's wake words."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without any."""
        self._name = entry.title
        self._store = _store(hass, entry)
        self._known: dict[str, WordHistory] = {}

    async def async_load(self) -> None:
        """Load the histories, without those that cannot be used."""
        try:
            stored = dict(await self._store.async_load() or {})
        except _UNREADABLE as err:
            _LOGGER.warning("What is stored about %s is unusable: %s", self._name, err)
            return
        for word, history in list(stored.items())[-MAX_WORDS:]:
            try:
                self._known[word] = WordHistory.from_dict(history)
            except (KeyError, TypeError, ValueError, OverflowError):
                _LOGGER.warning("What is stored about %s cannot be used", word)

    async def async_save(self) -> None:
        """Store the histories."""
        await self._store.async_save(
            {word: history.as_dict() for word, history in self._known.items()}
        )

    def words(self) -> list[str]:
        """Return the words that something is known about."""
        return list(self._known)

    def get(self, word: str) -> WordHistory | None:
        """Return the history of a word."""
        return self._known.get(word)

    def put(self, word: str, history: WordHistory) -> None:
        """Replace the history of a word; the oldest words may no longer exist."""
        self._known.pop(word, None)
        self._known[word] = history
        while len(self._known) > MAX_WORDS:
            del self._known[next(iter(self._known))]

    def drop(self, word: str) -> None:
        """Forget the history of a word."""
        self._known.pop(word, None)


async def async_forget(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete what is stored about a satellite."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the file of a satellite."""
    key = f"{DOMAIN}.thresholds.{entry.entry_id}"
    return Store(hass, _VERSION, key, private=True, atomic_writes=True)

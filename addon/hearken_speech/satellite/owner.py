"""The Home Assistant that a satellite belongs to."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_INSTANCE: Final = "instance"
_HOST: Final = "host"


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether a stored owner can be used."""
    return all(isinstance(stored.get(key, ""), str) for key in (_INSTANCE, _HOST))


class Owner:
    """Remembers which Home Assistant uses the satellite, also after a restart.

    Several may know the key. The first one keeps the satellite until its user moves it:
    otherwise they would take it from each other for ever.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read what is stored; without a path, nothing is."""
        self._path = path
        stored = {} if path is None else json_file.load_or_set_aside(path, _is_valid)
        stored = stored or {}
        self.instance: str = stored.get(_INSTANCE, "")
        """Id of the Home Assistant, empty while there is none."""
        self.host: str = stored.get(_HOST, "")
        """Its address when it was connected last."""
        self._told: set[str] = set()

    def refuses(self, instance: str) -> bool:
        """Return whether the satellite belongs to another Home Assistant.

        An older Home Assistant does not say who it is.
        """
        return bool(instance and self.instance and instance != self.instance)

    def note_refusal(self, host: str) -> None:
        """Log once for each address that another Home Assistant wants it."""
        if host not in self._told and len(self._told) < 16:  # noqa: PLR2004 - a few
            self._told.add(host)
            _LOGGER.warning(
                "the satellite belongs to the Home Assistant at %s; the one at %s is "
                "refused until it is moved there",
                self.host,
                host,
            )

    async def change(self, instance: str, host: str) -> None:
        """Make this Home Assistant the owner."""
        if not instance or (instance, host) == (self.instance, self.host):
            return
        self.instance, self.host = instance, host
        self._told.clear()
        if self._path is None:
            return
        try:
            await asyncio.to_thread(
                json_file.save, self._path, {_INSTANCE: instance, _HOST: host}
            )
        except HearkenError as err:
            # It is known until the next start.
            _LOGGER.warning("the owner is not stored: %s", err)

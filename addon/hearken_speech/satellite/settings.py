"""Settings of the satellite, stored on its disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.audio.level import factor_of_volume, scale
from hearken_speech.errors import HearkenError, RequestError
from hearken_speech.protocol import MAX_WORDS, SatelliteSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_LOGGER = logging.getLogger(__name__)

DEFAULTS: Final = SatelliteSettings(
    muted=False, volume=1.0, gain_db=0.0, wake_sound=False
)
_COMMANDED: Final = "commanded_wake_words"
_MUTED: Final = "microphone muted: nothing is heard or sent"

type Check = Callable[[SatelliteSettings], object]


def _accept(_settings: SatelliteSettings) -> object:
    """Accept any settings."""
    return None


class SettingsKeeper:
    """Owns the settings of one satellite."""

    def __init__(
        self,
        path: Path | None = None,
        start: SatelliteSettings = DEFAULTS,
        check: Check = _accept,
    ) -> None:
        """Start with what is stored, or else with ``start``.

        The words of ``start`` are those of the command line: if they change, they
        replace those chosen before. ``check`` raises a HearkenError for settings
        that do not fit the satellite.
        """
        self._path = path
        self._check = check
        self._commanded = start.wake_words
        self._changing = asyncio.Lock()
        self._listeners: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self.current = start
        if path is not None:
            self.current = self._load(path, start)

    def listen(
        self, on_changed: Callable[[], None], on_kept: Callable[[], None]
    ) -> Callable[[], None]:
        """Report changes, at once and when stored; return a function that ends it."""
        listener = (on_changed, on_kept)
        self._listeners.append(listener)

        def forget() -> None:
            """Unsubscribe."""
            self._listeners.remove(listener)

        return forget

    async def change(self, changes: SatelliteSettings) -> None:
        """Change settings; keep the current ones if the new ones are wrong."""
        async with self._changing:
            before = self.current
            wanted = before.changed_by(self._possible(changes))
            try:
                self._check_all(wanted)
            except HearkenError as err:
                _LOGGER.warning("settings not changed: %s", err)
                wanted = before
            self.current = wanted
            if wanted.muted != before.muted:
                _LOGGER.info(_MUTED if wanted.muted else "microphone no longer muted")
            # A microphone that is to be closed does not wait for the disk.
            for on_changed, _ in list(self._listeners):
                on_changed()
            if wanted != before:
                try:
                    await self._save()
                except HearkenError as err:
                    self._take_back(before, err)
            for _, on_kept in list(self._listeners):
                on_kept()

    def _take_back(self, before: SatelliteSettings, err: HearkenError) -> None:
        """Return to the settings before, as those now would be gone after a restart.

        Only mute stays as it was chosen: whoever mutes means it.
        """
        kept = replace(before, muted=self.current.muted)
        if kept == self.current:
            _LOGGER.error("this holds until the next start only: %s", err)
            return
        _LOGGER.error("settings not changed: %s", err)
        self.current = kept
        for on_changed, _ in list(self._listeners):
            on_changed()

    def at_volume(self, samples: Samples) -> Samples:
        """Return samples at the volume of the settings."""
        volume = self.current.volume
        return scale(samples, factor_of_volume(1.0 if volume is None else volume))

    async def toggle_mute(self) -> None:
        """Toggle mute."""
        await self.change(SatelliteSettings(muted=not self.current.muted))

    def _check_all(self, settings: SatelliteSettings) -> None:
        """Raise a HearkenError if settings are not possible."""
        if len(settings.thresholds or {}) > MAX_WORDS:
            msg = f"more than {MAX_WORDS} thresholds"
            raise RequestError(msg)
        self._check(settings)

    def _possible(self, changes: SatelliteSettings) -> SatelliteSettings:
        """Return the changes without settings that this satellite does not have."""
        if self.current.wake_words is not None:
            return changes
        return replace(changes, wake_words=None, thresholds=None)

    async def _save(self) -> None:
        """Store the settings."""
        if self._path is None:
            return
        kept = self._stored_form(self.current)
        await asyncio.to_thread(json_file.save, self._path, kept)

    def _stored_form(self, settings: SatelliteSettings) -> dict[str, Any]:
        """Return settings as they are stored."""
        kept = settings.to_dict()
        if self._commanded is not None:
            kept[_COMMANDED] = list(self._commanded)
        return kept

    def _load(self, path: Path, start: SatelliteSettings) -> SatelliteSettings:
        """Return the stored settings; muted if they cannot be read."""
        had_file = os.path.lexists(path)
        stored = json_file.load_or_set_aside(path, _is_valid)
        if stored is None and had_file:
            _LOGGER.error("the settings cannot be used: muted, to be safe")
            muted = replace(start, muted=True)
            # Also after the next start, until somebody decides otherwise.
            with contextlib.suppress(HearkenError):
                json_file.save(path, self._stored_form(muted))
            return muted
        stored = stored or {}
        kept = SatelliteSettings.from_dict(stored)
        settings = start.changed_by(kept)
        if start.wake_words is None:
            settings = replace(settings, wake_words=None, thresholds=None)
        elif stored.get(_COMMANDED) != list(start.wake_words):
            settings = replace(settings, wake_words=start.wake_words)
        try:
            self._check(settings)
        except HearkenError as err:
            _LOGGER.warning("listening for %s: %s", start.wake_words, err)
            settings = replace(settings, wake_words=start.wake_words)
        if settings.muted:
            _LOGGER.info(_MUTED)
        return settings


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether stored settings can be used."""
    try:
        SatelliteSettings.from_dict(stored)
    except ValueError:
        return False
    return True

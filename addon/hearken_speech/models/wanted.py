"""Which speech model is wanted: configured, selected, or the best for the house."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from hearken_speech.json_file import JsonFileError
from hearken_speech.models.manager import AUTO
from hearken_speech.models.selection import SelectionFile, select_languages

if TYPE_CHECKING:
    from hearken_speech.models.options import ModelOptions
    from hearken_speech.models.selection import LanguageSelection, Selection

_LOGGER = logging.getLogger(__name__)


class WantedModel:
    """Knows which model is wanted, and stores what was said at run time.

    A selection applies instead of the configured model. What the house needs applies
    if nobody selected or configured anything.
    """

    def __init__(self, options: ModelOptions, configured: str) -> None:
        """Set what is configured."""
        self.configured = configured
        self.selection: Selection | None = None
        self.house: LanguageSelection | None = None
        self._language = options.language
        self._may_download = options.download
        self._file = SelectionFile(
            options.folder / "chosen.json", configured, options.language
        )
        # The last selection has to be written last.
        self._saving = asyncio.Lock()

    def load(self) -> None:
        """Read what is stored."""
        self.selection, self.house = self._file.load()

    @property
    def is_for_house(self) -> bool:
        """Return whether the house decides."""
        return (
            self.configured == AUTO
            and self._language is None
            and self.selection is None
        )

    @property
    def current(self) -> Selection | None:
        """Return the wanted model, or the languages to choose one for."""
        if self.selection is not None:
            return self.selection
        if self.configured != AUTO:
            return self.configured
        if self._language is not None:
            return select_languages((self._language,), download=self._may_download)
        if self.house is not None and not self._may_download:
            return replace(self.house, download=False)
        return self.house

    async def select(self, selection: Selection | None) -> None:
        """Store a selection; raise JsonFileError, and change nothing, if that fails."""
        async with self._saving:
            await asyncio.to_thread(self._file.save, selection, self.house)
            self.selection = selection

    async def serve(self, house: LanguageSelection) -> bool:
        """Store what the house needs; return whether it is new.

        If it cannot be stored, Home Assistant says it again after a restart.
        """
        if house == self.house:
            return False
        async with self._saving:
            self.house = house
            try:
                await asyncio.to_thread(self._file.save, self.selection, house)
            except JsonFileError as err:
                _LOGGER.warning("%s", err)
        return True

"""Home Assistant with the orders as custom sentences: it chooses among texts."""

from __future__ import annotations

import contextlib
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.common.core import running
from custom_components.hearken.dialogue.understanding import Understanding
from custom_components.hearken.protocol import Alternative

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

    from hearken_speech.stt.transcription import Transcription

_SENTENCES: Final = Path(__file__).with_name("orders.yaml")


class Orders:
    """Home Assistant's own recognizer, as the integration asks it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Ask this Home Assistant."""
        self.hass = hass
        self._asked = Understanding(hass, "en")

    async def understands(self, text: str) -> bool:
        """Return whether a text is an order."""
        return await self._asked.understands(text)

    async def choose(self, heard: Transcription) -> str:
        """Return the text that the integration would take."""
        alternatives = [
            Alternative(text=other.text, confidence=other.confidence)
            for other in heard.alternatives
        ]
        return await self._asked.choose(heard.text, alternatives)


@contextlib.asynccontextmanager
async def orders(folder: Path) -> AsyncIterator[Orders]:
    """Run a Home Assistant that knows the orders."""
    logging.getLogger("homeassistant").setLevel(logging.CRITICAL)
    sentences = folder / "custom_sentences" / "en"
    sentences.mkdir(parents=True)
    shutil.copy(_SENTENCES, sentences)
    async with running(str(folder)) as hass:
        await hass.async_block_till_done()
        yield Orders(hass)

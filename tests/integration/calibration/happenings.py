"""What happens at a satellite, and what its speech server says of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from custom_components.hearken.exchanges.events import HearkenEvent
from custom_components.hearken.exchanges.exchange import (
    Exchange,
    Kind,
    Source,
    TurnRecord,
)
from custom_components.hearken.exchanges.house import async_get_house

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.simulators.control_server import ControlServer

WORD: Final = "hey_jarvis"
BEGIN: Final = 1_500_000_000.0
"""The clock of the server is not that of Home Assistant."""


class Happenings:
    """Lets things happen at a satellite called Kitchen, minutes apart."""

    def __init__(
        self, hass: HomeAssistant, control: ControlServer, threshold: float = 0.5
    ) -> None:
        """Begin with a server that has heard nothing."""
        self._hass = hass
        self._control = control
        self._source = Source(id="satellite-1", name="Kitchen")
        self._at = BEGIN
        self.threshold = threshold

    async def repeated(self, count: int = 5, *, below: float = 0.03) -> None:
        """Somebody is not heard, says the word again, and then a command."""
        for _ in range(count):
            self._at += 60.0
            self.record(self._at - 3.0, self.threshold - below, is_detected=False)
            self.record(self._at, self.threshold + 0.3)
            await self.end(Kind.COMMAND_DONE)

    async def woken(
        self,
        kind: Kind = Kind.FALSE_WAKE,
        count: int = 3,
        *,
        above: float = 0.03,
        turn: TurnRecord | None = None,
    ) -> None:
        """Something that scores a little more than the threshold is heard."""
        for _ in range(count):
            self._at += 60.0
            self.record(self._at, self.threshold + above)
            await self.end(kind, turn)

    def record(self, at: float, peak: float, *, is_detected: bool = True) -> None:
        """Let the server hear something."""
        record: dict[str, Any] = {
            "id": len(self._control.records) + 1,
            "time": at,
            "stream": "Kitchen",
            "word": WORD,
            "detected": is_detected,
            "peak": round(peak, 4),
            "threshold": self.threshold,
            "check": None,
        }
        self._control.records.insert(0, record)

    async def end(self, kind: Kind, turn: TurnRecord | None = None) -> None:
        """Let an exchange begin with the word and end like this."""
        exchange = Exchange(wake_word=WORD, wake_word_id=WORD, turn=turn)
        for one in (Kind.WAKE_WORD_HEARD, kind):
            async_get_house(self._hass).dispatcher.publish(
                HearkenEvent(kind=one, source=self._source, exchange=exchange)
            )
        await settle(self._hass)


async def settle(hass: HomeAssistant) -> None:
    """Wait until all that happened was looked at."""
    names = {"calibrate wake word", "save calibration"}
    tasks = [task for task in asyncio.all_tasks() if task.get_name() in names]
    await asyncio.gather(*tasks)
    await hass.async_block_till_done()

"""Rings for what is due, until someone stops it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event

from ..const import DOMAIN, TIMER_AGE_SECONDS
from .bells import async_bell_of, async_bells, is_available
from .items import Item, ItemKind

_LOGGER = logging.getLogger(__name__)

RING_SECONDS: Final[Mapping[ItemKind, float]] = {
    ItemKind.TIMER: 300,
    ItemKind.ALARM: 600,
    ItemKind.REMINDER: 120,
    ItemKind.ORDER: 1,
}
"""How long it rings unless someone stops it; a missed order is told once."""
PAUSE_SECONDS: Final[Mapping[ItemKind, float]] = {
    ItemKind.TIMER: 4,
    ItemKind.ALARM: 6,
    ItemKind.REMINDER: 40,
    ItemKind.ORDER: 1,
}
"""The pause between two rings, in which the satellite hears its wake word."""
_RETRY_SECONDS: Final = 10
_REPORT_SECONDS: Final = 2
"""Time for a satellite to report that someone has stopped it in the meantime."""

type Text = Callable[[Item], str]
"""Returns what is said about an item that is due, now."""


@dataclass(eq=False, slots=True)
class Ringing:
    """An item that rings."""

    item: Item
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Ringer:
    """Rings for several items, each in a task of its own."""

    def __init__(
        self, hass: HomeAssistant, text: Text, on_ended: Callable[[Item], None]
    ) -> None:
        """Say these texts; report each item that has rung."""
        self._hass = hass
        self._text = text
        self._on_ended = on_ended
        self._ringing: dict[str, Ringing] = {}

    @property
    def items(self) -> list[Item]:
        """Return the items that ring."""
        return [ringing.item for ringing in self._ringing.values()]

    def at(self, satellite_id: str | None) -> list[Item]:
        """Return the items that ring at a satellite, or anywhere for None."""
        return [
            item
            for item in self.items
            if satellite_id is None or item.satellite_id in {satellite_id, None}
        ]

    @callback
    def async_start(self, item: Item) -> None:
        """Ring for an item."""
        if item.id in self._ringing:
            return
        ringing = self._ringing[item.id] = Ringing(item)
        ringing.task = self._hass.async_create_background_task(
            self._work(ringing), f"{DOMAIN} ringing of {item.kind}"
        )

    @callback
    def async_stop(self, item: Item) -> bool:
        """Stop the ringing for an item; return whether it rang."""
        ringing = self._ringing.get(item.id)
        if ringing is None or ringing.stopped.is_set():
            return False
        ringing.stopped.set()
        return True

    @callback
    def async_close(self) -> None:
        """End all ringing, which is to go on after a restart."""
        for ringing in self._ringing.values():
            if ringing.task is not None:
                ringing.task.cancel()
        self._ringing.clear()

    async def _work(self, ringing: Ringing) -> None:
        """Ring until stopped, and report the end, unless Home Assistant stops."""
        try:
            await self._ring(ringing)
        except Exception:
            _LOGGER.exception("The ringing for a %s failed", ringing.item.kind)
        self._ringing.pop(ringing.item.id, None)
        self._on_ended(ringing.item)

    async def _ring(self, ringing: Ringing) -> None:
        """Ring on the satellite, or tell those who look at the user interface."""
        satellites = self._satellites(ringing.item)
        if not satellites:
            await self._hass.services.async_call(
                "persistent_notification",
                "create",
                {"title": "Hearken", "message": self._text(ringing.item)},
            )
            return
        rings = [self._ring_at(ringing, satellite) for satellite in satellites]
        await asyncio.gather(*rings)

    def _satellites(self, item: Item) -> list[str]:
        """Return where an item rings: everywhere if its satellite is gone."""
        satellite_id = item.satellite_id
        if satellite_id is None:
            return []
        if self._hass.states.get(satellite_id) is not None:
            return [satellite_id]
        return async_bells(self._hass) or [satellite_id]

    async def _ring_at(self, ringing: Ringing, satellite_id: str) -> None:
        """Ring on one satellite, again and again."""
        item, loop = ringing.item, self._hass.loop
        is_late = not await self._connected(ringing, satellite_id)
        until = loop.time() + RING_SECONDS[item.kind]
        while not ringing.stopped.is_set() and loop.time() < until:
            bell = async_bell_of(self._hass, satellite_id)
            if is_late and bell.rings_itself:
                await _wait(ringing.stopped, _REPORT_SECONDS)
            pause = PAUSE_SECONDS[item.kind]
            try:
                await self._ring_once(ringing, satellite_id)
            except HomeAssistantError as err:
                _LOGGER.warning("%s could not ring: %s", satellite_id, err)
                pause = _RETRY_SECONDS
            else:
                if bell.rings_itself:
                    pause = until - loop.time()
            if is_available(self._hass, satellite_id):
                await _wait(ringing.stopped, pause)
            else:
                await self._connected(ringing, satellite_id)
                until = loop.time() + RING_SECONDS[item.kind]

    async def _ring_once(self, ringing: Ringing, satellite_id: str) -> None:
        """Ring once; a stop ends it at once."""
        if ringing.stopped.is_set():
            return
        bell = async_bell_of(self._hass, satellite_id)
        ring = self._hass.async_create_background_task(
            bell.async_ring(self._text(ringing.item)), f"{DOMAIN} ring"
        )
        stop = self._hass.async_create_background_task(
            ringing.stopped.wait(), f"{DOMAIN} stop of a ring"
        )
        try:
            await asyncio.wait({ring, stop}, return_when=asyncio.FIRST_COMPLETED)
            if ring.done():
                ring.result()
            else:
                bell.async_silence()
        finally:
            ring.cancel()
            stop.cancel()
            await asyncio.gather(ring, stop, return_exceptions=True)

    async def _connected(self, ringing: Ringing, satellite_id: str) -> bool:
        """Wait until a satellite is connected; return whether it was at once."""
        if is_available(self._hass, satellite_id):
            return True
        changed = asyncio.Event()

        @callback
        def on_state(_event: Event[EventStateChangedData]) -> None:
            if is_available(self._hass, satellite_id):
                changed.set()

        forget = async_track_state_change_event(self._hass, satellite_id, on_state)
        waits = [asyncio.ensure_future(ringing.stopped.wait())]
        waits.append(asyncio.ensure_future(changed.wait()))
        try:
            done, _ = await asyncio.wait(
                waits, timeout=TIMER_AGE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            forget()
            for wait in waits:
                wait.cancel()
        if not done:
            _LOGGER.warning(
                "%s was away for %s s after something was due; it did not ring",
                satellite_id,
                TIMER_AGE_SECONDS,
            )
            ringing.stopped.set()
        return False


async def _wait(stopped: asyncio.Event, seconds: float) -> None:
    """Wait until it is stopped, no longer than this."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await stopped.wait()
    except TimeoutError:
        return

"""Rings on Hearken's satellites, which keep their timers themselves if they can."""

from typing import Final, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from wyoming.event import Event

from ..client.wire import parse
from ..protocol import MAX_TIMERS, Ability, Timer, TimerChanged, Timers, TimerStage
from ..satellite.connection import SatelliteLink
from ..satellite.speech import SatelliteSpeech
from .bells import async_add_bell
from .items import Item, ItemKind
from .manager import async_get_schedule

_MAX_SECONDS: Final = 365 * 24 * 3600

_WAIT_SECONDS: Final = 120
"""Longest wait until nobody speaks to the satellite."""


class Satellite(Protocol):
    """The entity of a satellite of ours."""

    entity_id: str
    link: SatelliteLink
    speech: SatelliteSpeech


class SatelliteBell:
    """Rings on one satellite of ours."""

    def __init__(self, hass: HomeAssistant, satellite: Satellite) -> None:
        """Ring on this satellite."""
        self._schedule = async_get_schedule(hass)
        self._entity_id = satellite.entity_id
        self._link = satellite.link
        self._speech = satellite.speech
        self._sent: list[str] | None = None

    @property
    def rings_itself(self) -> bool:
        """Return whether the satellite rings on its own until it is stopped."""
        return Ability.TIMERS in self._link.peer.welcome.abilities

    async def async_ring(self, text: str) -> None:
        """Ring once and say a text."""
        await self._speech.async_ring(text, _WAIT_SECONDS)

    @callback
    def async_silence(self) -> None:
        """Stop what is being said."""
        self._speech.stop()

    # The connection to the satellite.

    @callback
    def on_connected(self) -> None:
        """Send the timers: the satellite may have missed changes, or got them late."""
        self._sent = None
        self.async_send()

    @callback
    def on_disconnected(self) -> None:
        """Let the satellite ring by itself."""

    @callback
    def on_event(self, event: Event) -> None:
        """Take what the satellite says about its timers."""
        if not TimerChanged.is_type(event.type):
            return
        changed = parse(TimerChanged.from_event, event)
        if changed.stage is TimerStage.ENDED:
            self._schedule.async_ended(changed.id, self._entity_id)

    @callback
    def async_send(self) -> None:
        """Send all timers if any of them has changed."""
        if not (self._link.is_connected and self.rings_itself):
            return
        items = [*self._schedule.ringing, *self._schedule.items]
        own = [item for item in items if self._is_own(item)][:MAX_TIMERS]
        sent = [item.occurrence_id for item in own]
        if sent != self._sent:
            self._sent = sent
            self._link.post(Timers(timers=tuple(_timer(item) for item in own)))

    def _is_own(self, item: Item) -> bool:
        """Return whether the satellite rings for an item."""
        return (
            item.satellite_id == self._entity_id
            and item.kind is not ItemKind.ORDER
            and item.left(dt_util.utcnow()) <= _MAX_SECONDS
        )


def _timer(item: Item) -> Timer:
    """Return an item as a timer of the satellite."""
    seconds = max(0.0, item.left(dt_util.utcnow()))
    return Timer(id=item.occurrence_id, seconds_left=seconds, name=item.name or "")


@callback
def async_ring_on(hass: HomeAssistant, satellite: Satellite) -> CALLBACK_TYPE:
    """Ring on a satellite of ours; return a function that ends it."""
    bell = SatelliteBell(hass, satellite)
    ends = [
        async_add_bell(hass, satellite.entity_id, bell),
        satellite.link.add_listener(bell),
        satellite.link.resumed.async_add_listener(bell.on_connected),
        async_get_schedule(hass).async_listen(bell.async_send),
    ]
    if satellite.link.is_connected:
        bell.on_connected()

    @callback
    def end() -> None:
        for one in ends:
            one()

    return end

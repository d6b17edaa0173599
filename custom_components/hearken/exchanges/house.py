"""What all of Hearken in one house shares: who is there, and what happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .events import Dispatcher, HearkenEvent
from .exchange import Kind, Source

if TYPE_CHECKING:
    from datetime import datetime

    from ..satellite.observed import ObservedSatellite

_SPOKEN = frozenset({Kind.COMMAND_HEARD, Kind.QUESTION_ANSWERED})


@dataclass(frozen=True, kw_only=True, slots=True)
class LastSpoken:
    """Somebody spoke to a satellite."""

    at: datetime
    source: Source


@dataclass(slots=True)
class House:
    """The satellites of the house, and what was said to them last."""

    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    satellites: dict[str, ObservedSatellite] = field(default_factory=dict)
    """Those that are set up, by what they say they are."""
    spoken: dict[str, LastSpoken] = field(default_factory=dict)
    """When somebody spoke to each of them last."""

    def note(self, event: HearkenEvent) -> None:
        """Remember where somebody spoke."""
        if event.kind in _SPOKEN:
            source = event.source
            self.spoken[source.id] = LastSpoken(at=dt_util.utcnow(), source=source)

    def latest(self) -> list[ObservedSatellite]:
        """Return the satellites that somebody spoke to, the latest first."""
        order = sorted(self.spoken.values(), key=lambda said: said.at, reverse=True)
        found = (self.satellites.get(said.source.id) for said in order)
        return [satellite for satellite in found if satellite is not None]


_HOUSE: HassKey[House] = HassKey(DOMAIN)


@callback
def async_get_house(hass: HomeAssistant) -> House:
    """Return what is shared; automations may ask before anything is set up."""
    if (house := hass.data.get(_HOUSE)) is None:
        house = hass.data[_HOUSE] = House()
        house.dispatcher.listen(house.note)
    return house

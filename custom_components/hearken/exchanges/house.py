"""State shared by all config entries: events, and where someone spoke last."""

from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .events import Dispatcher, HearkenEvent
from .exchange import Kind, Source

_SPOKEN = frozenset({Kind.COMMAND_HEARD, Kind.QUESTION_ANSWERED})


@dataclass(frozen=True, kw_only=True, slots=True)
class LastSpoken:
    """When and where someone spoke."""

    at: datetime
    source: Source


@dataclass(slots=True)
class House:
    """The dispatcher of events, and when someone spoke to each satellite last."""

    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    spoken: dict[str, LastSpoken] = field(default_factory=dict)
    """By the id of the satellite."""

    def note(self, event: HearkenEvent) -> None:
        """Record where someone spoke."""
        if event.kind in _SPOKEN:
            source = event.source
            self.spoken[source.id] = LastSpoken(at=dt_util.utcnow(), source=source)

    def latest(self) -> list[str]:
        """Return the ids of the satellites that someone spoke to, the latest first."""
        spoken = sorted(self.spoken.values(), key=lambda last: last.at, reverse=True)
        return [last.source.id for last in spoken]


_HOUSE: HassKey[House] = HassKey(DOMAIN)


@callback
def async_get_house(hass: HomeAssistant) -> House:
    """Return the shared state; automations may need it before any entry is set up."""
    if (house := hass.data.get(_HOUSE)) is None:
        house = hass.data[_HOUSE] = House()
        house.dispatcher.listen(house.note)
    return house

"""The satellites of the house, of which one answers to each wake word."""

from typing import Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import CONTEST_SECONDS, DOMAIN
from .arbitration import Arbiter, Report


class Contestant(Protocol):
    """A satellite that may answer."""

    @property
    def can_hear(self) -> bool:
        """Return whether the satellite listens for wake words."""

    def on_contested(self, *, is_rival: bool) -> None:
        """Show nothing before the decision."""

    def on_won(self) -> None:
        """Show that this satellite listens."""

    def on_lost(self) -> None:
        """End the exchange: another satellite answers."""


class Rivals:
    """Asks the arbiter whenever several satellites may have heard a wake word."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without satellites."""
        self._hass = hass
        self._contestants: dict[str, Contestant] = {}
        self._arbiter = Arbiter(hass.loop.time, self, CONTEST_SECONDS)
        self._cancel_decision: CALLBACK_TYPE | None = None

    @callback
    def async_add(self, satellite_id: str, contestant: Contestant) -> CALLBACK_TYPE:
        """Add a satellite; return a function that removes it."""
        self._contestants[satellite_id] = contestant

        @callback
        def remove() -> None:
            """Remove the satellite."""
            self._contestants.pop(satellite_id, None)
            self._arbiter.leave(satellite_id)

        return remove

    @callback
    def async_enter(self, report: Report) -> None:
        """Handle a wake word; a satellite that is alone begins without delay."""
        if any(
            other.can_hear
            for satellite_id, other in self._contestants.items()
            if satellite_id != report.satellite_id
        ):
            self._arbiter.enter(report)
            self._schedule()

    @callback
    def _decide(self, _now: object = None) -> None:
        """Decide what is due."""
        self._cancel_decision = None
        self._schedule()

    def _schedule(self) -> None:
        """Decide what is due, and come back for the rest."""
        seconds = self._arbiter.decide()
        if seconds is not None and self._cancel_decision is None:
            self._cancel_decision = async_call_later(self._hass, seconds, self._decide)

    # Verdicts of the arbiter.

    def contested(self, satellite_id: str, *, is_rival: bool) -> None:
        """Tell a satellite that others may have heard the same."""
        if (contestant := self._contestants.get(satellite_id)) is not None:
            contestant.on_contested(is_rival=is_rival)

    def won(self, satellite_id: str) -> None:
        """Tell a satellite that it answers."""
        if (contestant := self._contestants.get(satellite_id)) is not None:
            contestant.on_won()

    def lost(self, satellite_id: str) -> None:
        """Tell a satellite that another one answers."""
        if (contestant := self._contestants.get(satellite_id)) is not None:
            contestant.on_lost()


_RIVALS: HassKey[Rivals] = HassKey(f"{DOMAIN}_rivals")


@callback
def async_get_rivals(hass: HomeAssistant) -> Rivals:
    """Return the satellites of the house."""
    if _RIVALS not in hass.data:
        hass.data[_RIVALS] = Rivals(hass)
    return hass.data[_RIVALS]

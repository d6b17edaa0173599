"""Events of satellites and servers, passed to subscribers.

Independent of Home Assistant.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ..client.listeners import Listeners
from .exchange import Exchange, Kind, Source

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class HearkenEvent:
    """Something that happened at a satellite or a server."""

    kind: Kind
    source: Source
    exchange: Exchange = field(default_factory=Exchange)


type Listener = Callable[[HearkenEvent], None]


class Dispatcher:
    """Passes each event to all subscribers, in the order of subscription."""

    def __init__(self) -> None:
        """Start without subscribers."""
        self._listeners = Listeners[Listener]()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Subscribe a listener; return a function that unsubscribes it."""
        return self._listeners.add(listener)

    def publish(self, event: HearkenEvent) -> None:
        """Pass an event to all subscribers."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                # A fault in a listener must not end the exchange it is notified of.
                _LOGGER.exception("%s could not be handled", event.kind)

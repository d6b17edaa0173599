"""Events of satellites and servers, published to whoever subscribes.

Knows no Home Assistant.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ..client.listeners import Listeners
from .exchange import Exchange, Kind, Source

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class HearkenEvent:
    """Something happened."""

    kind: Kind
    source: Source
    exchange: Exchange = field(default_factory=Exchange)


type Listener = Callable[[HearkenEvent], None]


class Dispatcher:
    """Tells everybody who listens, in the order in which they came."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._listeners = Listeners[Listener]()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on; return what ends that."""
        return self._listeners.add(listener)

    def publish(self, event: HearkenEvent) -> None:
        """Tell everybody."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                # A listener's mistake must not end the exchange it was told of.
                _LOGGER.exception("%s could not be handled", event.kind)

"""Listeners: who subscribed to what, and how they unsubscribe."""

from collections.abc import Callable, Iterator


class Listeners[ListenerT]:
    """Listeners in the order in which they subscribed."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: dict[object, ListenerT] = {}

    def add(self, listener: ListenerT) -> Callable[[], None]:
        """Subscribe a listener; return a function that unsubscribes it."""
        ticket = object()
        self._listeners[ticket] = listener

        def remove() -> None:
            """Unsubscribe the listener; calling it twice is safe."""
            self._listeners.pop(ticket, None)

        return remove

    def __iter__(self) -> Iterator[ListenerT]:
        """Iterate over a copy: a listener may unsubscribe while it is called."""
        return iter(list(self._listeners.values()))


class Observable:
    """Notifies its listeners when its state changes."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners = Listeners[Callable[[], None]]()

    def async_add_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener after each change; return a function that stops it."""
        return self._listeners.add(listener)

    def async_notify(self) -> None:
        """Call all listeners."""
        for listener in self._listeners:
            listener()

"""Something whose changes others want to hear of."""

from homeassistant.core import CALLBACK_TYPE, callback


class Observable:
    """Tells its listeners when something has changed."""

    def __init__(self) -> None:
        """Begin without a listener."""
        self._listeners: list[CALLBACK_TYPE] = []

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Tell this listener of every change; return what ends that."""
        self._listeners.append(listener)

        @callback
        def forget() -> None:
            self._listeners.remove(listener)

        return forget

    @callback
    def async_tell(self) -> None:
        """Tell everybody that something has changed."""
        for listener in list(self._listeners):
            listener()

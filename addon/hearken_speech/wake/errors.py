"""What can go wrong with wake words."""

from __future__ import annotations


class WakeError(Exception):
    """Something about wake words went wrong."""


class WakeModelError(WakeError):
    """A model file cannot be used; the message says why."""


class UnknownWordError(WakeError):
    """There is no wake word of that name."""

    def __init__(self, names: list[str], known: list[str]) -> None:
        """Say which names are unknown, and which ones there are."""
        self.names = names
        super().__init__(
            f"no wake word is called {', '.join(names)}; "
            f"there are: {', '.join(known) or 'none'}"
        )


class EngineFullError(WakeError):
    """More streams than the engine serves."""


class EngineClosedError(WakeError):
    """The engine has been closed."""

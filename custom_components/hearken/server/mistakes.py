"""Counts the orders that people took back at once."""

from ..client.listeners import Observable


class Mistakes(Observable):
    """How many orders were taken back, at the agent of one server."""

    def __init__(self) -> None:
        """Start at zero."""
        super().__init__()
        self.count = 0

    def add(self, count: int = 1) -> None:
        """Count more of them."""
        self.count += count
        self.async_notify()

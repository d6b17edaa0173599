"""Ducking: other programs on the same machine play more softly while it is needed."""

from __future__ import annotations

from typing import Protocol


class Ducker(Protocol):
    """Turns other sound on the machine down and up again."""

    async def duck(self) -> None:
        """Turn the sound of other programs down; nothing happens if it is down."""

    async def restore(self) -> None:
        """Turn it up again, to the level it had; nothing happens if it is up."""


class NoDucker:
    """Leaves other sound alone."""

    async def duck(self) -> None:
        """Do nothing."""

    async def restore(self) -> None:
        """Do nothing."""

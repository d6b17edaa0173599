"""Hardware that shows nothing, hears of nothing and is not pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .hardware import Light, Presses


class QuietPart:
    """A part of the hardware that does nothing; others override what they do."""

    def show(self, light: Light) -> None:
        """Show nothing."""

    def tell(self, event: str, details: Mapping[str, Any]) -> None:
        """Tell nobody."""

    async def run(self, presses: Presses) -> None:
        """End at once."""

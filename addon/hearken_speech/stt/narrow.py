"""Whether it pays to try a narrow beam before the wide one."""

from __future__ import annotations

from typing import Final

_NARROW_COST: Final = 0.7
"""Of a narrow beam, as a share of the wide one: what a try that fails costs in vain."""
_WEIGHT: Final = 0.1
"""Of the newest text in the share of those that were enough."""
_ASK_AGAIN: Final = 10
"""Every so many texts, a narrow beam is tried anyway: speakers and rooms change."""


class NarrowFirst:
    """Remembers how often the narrow beam was enough of late, for one model."""

    def __init__(self) -> None:
        """Begin in good faith."""
        self._share = 1.0
        self._passed_over = 0

    def pays(self) -> bool:
        """Tell whether to try the narrow beam for the next text."""
        if self._share >= _NARROW_COST:
            return True
        self._passed_over += 1
        return self._passed_over % _ASK_AGAIN == 0

    def note(self, *, enough: bool) -> None:
        """Take note of how a try ended."""
        self._share += _WEIGHT * (enough - self._share)

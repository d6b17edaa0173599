"""Numbers as people say them: decimals, times of day, amounts, numbered names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

_TENTHS: Final = (1, 2, 3, 4, *[5] * 6, 6, 7, 8, 9)
_MINUTES: Final = (5, 10, 15, 15, 20, 25, 30, 35, 40, 45, 45, 50, 55, 1, 17, 42)
_NEAR: Final = ("quarter", "five", "ten", "twenty", "twenty five")
_PARTS_OF_DAY: Final = ("am", "pm", "in the morning", "tonight")
_NUMBERED: Final = (*range(1, 6), *range(1, 6), *range(6, 13))
_AMOUNTS: Final = (*range(2, 13), 1.5, 2.5, 20, 50, 100, 200, 250, 500)
_ARTICLE: Final = 0.3


class Amounts:
    """Draws phrases with numbers."""

    def __init__(
        self,
        choose: random.Random,
        number: Callable[[float], str],
        lists: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Set the random generator, numbers in words, and the language's lists."""
        self._choose, self._number, self._lists = choose, number, lists
        self.forms: Mapping[str, Callable[[], str]] = {
            "decimal": self._decimal,
            "clock": self._clock,
            "quantity": self._quantity,
            "numbered_name": self._numbered,
        }
        """The phrases, by the names of their lists in templates."""

    def _decimal(self) -> str:
        """Return a temperature with one digit after the point."""
        whole, part = self._choose.randint(15, 30), self._choose.choice(_TENTHS)
        return f"{self._number(whole)} point {self._number(part)}"

    def _clock(self) -> str:
        """Return a time of day."""
        choose, number = self._choose, self._number
        hour = number(choose.randint(1, 12))
        minute = choose.choice(_MINUTES)
        exact = number(minute) if minute > 9 else f"oh {number(minute)}"
        form = choose.choice(
            (
                f"half past {hour}",
                f"{choose.choice(_NEAR)} {choose.choice(('past', 'to'))} {hour}",
                f"{hour} {exact}",
                f"{hour} thirty",
                f"{hour} {choose.choice(_PARTS_OF_DAY)}",
            )
        )
        article = form.startswith("quarter") and choose.random() < _ARTICLE
        return f"a {form}" if article else form

    def _quantity(self) -> str:
        """Return an amount of goods."""
        value = self._choose.choice(_AMOUNTS)
        return f"{self._number(value)} {self._choose.choice(self._lists['measures'])}"

    def _numbered(self) -> str:
        """Return a name with a number, as in ``lamp_1``."""
        name = self._choose.choice(self._lists["numbered"])
        return f"{name} {self._number(self._choose.choice(_NUMBERED))}"

"""Tables of figures, printed while they are measured."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Table:
    """One table of the report."""

    name: str
    title: str
    columns: Sequence[str]
    note: str = ""
    rows: list[list[Any]] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        """Add a row and print it, after the heading if it is the first."""
        if not self.rows:
            print(self._heading())
        self.rows.append(list(cells))
        print("| " + " | ".join(map(_text, cells)) + " |", flush=True)

    def _heading(self) -> str:
        """Return title, note and columns as Markdown."""
        lines = ["", f"### {self.title}", ""]
        lines += [self.note, ""] if self.note else []
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|" + "---|" * len(self.columns))
        return "\n".join(lines)

    def data(self) -> dict[str, Any]:
        """Return the table as JSON data."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "note": self.note, "rows": rows}


def median(values: Sequence[float]) -> float:
    """Return the median, 0 if there are no values."""
    return statistics.median(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of all values lies."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def percent(part: float, whole: float) -> float:
    """Return a share in percent."""
    return round(100 * part / whole, 2) if whole else 0.0


def _text(cell: Any) -> str:
    """Return a cell as text."""
    return (
        f"{cell:.3g}"
        if isinstance(cell, float) and abs(cell) < 1
        else (f"{cell:.1f}" if isinstance(cell, float) else str(cell))
    )

"""Readable, coloured output on a terminal."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_COLOUR = sys.stdout.isatty()
_CODES = re.compile(r"\033\[[0-9;]*m")

printed: list[str] = []
"""All lines so far, in colour."""


def paint(text: str, code: str) -> str:
    """Colour a text; ``line`` removes the colour where it is not supported."""
    return f"\033[{code}m{text}\033[0m" if text else text


def faint(text: str) -> str:
    """Return a dimmed text."""
    return paint(text, "2")


def good(text: str) -> str:
    """Return a text in green."""
    return paint(text, "32")


def bad(text: str) -> str:
    """Return a text in red."""
    return paint(text, "31")


def bold(text: str) -> str:
    """Return a bold text."""
    return paint(text, "1")


def line(text: str = "") -> None:
    """Print a line immediately."""
    printed.append(text)
    _show(text)


def _show(text: str, start: str = "", end: str = "\n") -> None:
    shown = start + text if _COLOUR else _CODES.sub("", text)
    print(shown, end=end, flush=True)


class Step:
    """A step of the work, shown when it starts and when it ends."""

    def __init__(self, what: str) -> None:
        """Set the name of the step."""
        self._what = what
        self.result = ""
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        """Show that the step has started."""
        if _COLOUR:
            _show(faint(f"  … {self._what}"), end="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Show how the step ended."""
        took = time.monotonic() - self._start
        mark = good("✓") if error is None else bad("✗")
        text = f"  {mark} {self._what:<22} {took:5.1f} s  {faint(self.result)}"
        printed.append(text)
        _show(text, start="\r\033[K")

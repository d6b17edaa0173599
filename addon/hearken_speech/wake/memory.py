"""Give memory back to the system after a model was loaded.

Loading takes several times the size of the model for a moment, and the C library
keeps the holes that this leaves: 10 MB for five words.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the C library's function, where it has one."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


def give_back() -> None:
    """Give back what is not used; does nothing where the system has no such call."""
    trim = _trim()
    if trim is not None:
        trim(0)

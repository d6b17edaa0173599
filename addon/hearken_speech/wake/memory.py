"""Return memory to the system after a model was loaded.

Loading temporarily takes several times the size of the model, and the C library keeps
the freed memory: 10 MB for five words.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the C library's function, None if it has none."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


def give_back() -> None:
    """Return unused memory, on systems that support it."""
    trim = _trim()
    if trim is not None:
        trim(0)

"""Keep no more memory than is needed; the C library and Python would.

Loading a model temporarily takes several times its size, and the C library keeps the
freed memory: 10 MB for five words.
"""

from __future__ import annotations

import ctypes
import gc
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ARENAS: Final = 2
_MAPPED_BYTES: Final = 128 * 1024
# Of <malloc.h>.
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


@cache
def _function(name: str) -> Callable[..., int] | None:
    """Return a function of the C library, None if it has no such."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    return found


def limit() -> None:
    """Let threads share memory, and return large pieces once they are free.

    Otherwise, each thread keeps what it once needed, and after the first large piece
    the C library keeps others of its size.
    """
    set_option = _function("mallopt")
    if set_option is not None:
        set_option(_M_ARENA_MAX, _ARENAS)
        set_option(_M_MMAP_THRESHOLD, _MAPPED_BYTES)


def settle() -> None:
    """Take what there is now as what stays: looking through it again takes time."""
    gc.collect()
    gc.freeze()


def collect() -> None:
    """Free objects that refer to each other; a few may hold large buffers.

    Python counts objects and not their size, so by itself it does so late.
    """
    gc.collect()


def give_back() -> None:
    """Return unused memory, on systems that support it."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)

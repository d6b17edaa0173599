"""Read fields from the wire, where anything may arrive."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeGuard

from .words import MAX_ALTERNATIVES, MAX_TEXT_CHARACTERS, MAX_VOCABULARY


def read_items[ItemT](
    data: dict[str, Any],
    key: str,
    read: Callable[[Any], ItemT | None],
    limit: int = MAX_ALTERNATIVES,
) -> tuple[ItemT, ...]:
    """Return the valid items of a list, up to the limit."""
    value = data.get(key)
    if not isinstance(value, list):
        return ()
    items = (read(item) for item in value[:limit])
    return tuple(item for item in items if item is not None)


def read_short(data: dict[str, Any], key: str) -> str:
    """Return a short text from the wire, an empty one if there is none."""
    value = data.get(key)
    return value if _is_short(value) else ""


def shown_short(value: Any) -> str | None:
    """Return a short text from the wire, None if it is something else or empty."""
    return value if _is_short(value) and value else None


def read_share(data: dict[str, Any], key: str) -> float | None:
    """Return a number from 0 to 1 from the wire, None if there is none."""
    value = read_number(data, key)
    return value if value is not None and 0 <= value <= 1 else None


def read_text(data: dict[str, Any], key: str, *, required: bool = False) -> str:
    """Return a short text from the wire."""
    value = data.get(key, "")
    if not _is_short(value) or (required and not value):
        msg = f"{key} is not a usable text"
        raise ValueError(msg)
    return value


def read_integer(data: dict[str, Any], key: str) -> int:
    """Return an integer from the wire."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{key} is not an integer"
        raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
    return value


def read_number(data: dict[str, Any], key: str) -> float | None:
    """Return a finite number from the wire, None if there is none."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def read_count(data: dict[str, Any], key: str) -> int | None:
    """Return a whole number from the wire, None if there is none."""
    value = data.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int) else value


def read_optional_integer(data: dict[str, Any], key: str) -> int | None:
    """Return an integer from the wire, None if there is none."""
    return read_integer(data, key) if data.get(key) is not None else None


def read_texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of short texts from the wire; raise ValueError if it is invalid."""
    value = data.get(key, [])
    if (
        not isinstance(value, list)
        or len(value) > MAX_VOCABULARY
        or not all(_is_short(text) for text in value)
    ):
        msg = f"{key} is not a usable list of texts"
        raise ValueError(msg)
    return tuple(value)


def _is_short(value: Any) -> TypeGuard[str]:
    """Return whether this is a text of limited length that can be encoded.

    JSON may contain lone surrogates, which no other code expects.
    """
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True

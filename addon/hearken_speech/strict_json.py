"""Read JSON from outside: only what every other program could read as well."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_LONGEST_INTEGER: Final = 18
"""Longer ones do not fit into 64 bits, and take long to read."""


def loads(text: bytes | str) -> Any:
    """Return the value; raise ValueError if it is invalid.

    Invalid are also NaN and infinity, numbers beyond 64 bits, lone surrogates, and
    what is nested too deeply.
    """
    data = text.encode() if isinstance(text, str) else text
    try:
        value = json.loads(
            data.decode(),
            parse_constant=_refuse,
            parse_float=_float,
            parse_int=_integer,
        )
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as err:
        msg = "nested too deeply"
        raise ValueError(msg) from err
    except UnicodeError as err:
        msg = "not a text in UTF-8"
        raise ValueError(msg) from err
    return value


def _refuse(name: str) -> NoReturn:
    """Refuse the constants that only Python knows."""
    msg = f"{name} is not a number"
    raise ValueError(msg)


def _float(text: str) -> float:
    """Return a finite number."""
    value = float(text)
    if not math.isfinite(value):
        msg = "a number is too large"
        raise ValueError(msg)
    return value


def _integer(text: str) -> int:
    """Return an integer of at most 64 bits."""
    if len(text) > _LONGEST_INTEGER + 1:
        msg = "a number is too large"
        raise ValueError(msg)
    return int(text)

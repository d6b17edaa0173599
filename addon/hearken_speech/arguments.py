"""Types of command line arguments."""

from __future__ import annotations

import argparse
import math
from urllib.parse import urlsplit

from hearken_speech.protocol import MAX_TEXT_CHARACTERS


def port(text: str) -> int:
    """Return a port number, 0 for any free one."""
    if not text.isdecimal() or int(text) >= 1 << 16:
        msg = f"{text!r} is not a port: use 0 to 65535"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def name(text: str) -> str:
    """Return a name that peers accept."""
    if not text.strip() or len(text) > MAX_TEXT_CHARACTERS:
        msg = f"{text[:20]!r} is not a usable name"
        raise argparse.ArgumentTypeError(msg)
    return text


def seconds(text: str) -> float:
    """Return a finite number of seconds above zero."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # This is false for NaN, too.
    if not 0 < value < math.inf:
        msg = f"{text!r} is not a number of seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return value


def count(text: str) -> int:
    """Return a positive whole number."""
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is not a whole number above 0"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def web_address(text: str) -> str:
    """Return the address of a server on the web."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        msg = f"{text!r} is no web address"
        raise argparse.ArgumentTypeError(msg)
    return text.strip()

"""Faults that a simulated speech server can have."""

from enum import StrEnum, auto


class Fault(StrEnum):
    """A fault of the server."""

    NONE = auto()
    HANGS_UP = auto()
    """Close every connection immediately."""
    SPEAKS_HTTP = auto()
    SPEAKS_GARBAGE = auto()
    ENDLESS_LINE = auto()
    HUGE_CLAIM = auto()
    """Announce more data than any machine has."""
    NEVER_ANSWERS = auto()
    KNOWS_NO_HELLO = auto()
    """Pretend to be another Wyoming server."""
    NONSENSE_WELCOME = auto()
    NONSENSE_INFO = auto()
    DIES_IN_REQUEST = auto()
    """Close the connection at the first audio or text."""
    REFUSES = auto()
    """Answer every request with an error."""
    DEAF = auto()
    """Accept audio and never answer."""
    DRIVEL = auto()
    """Answer every request with an invalid event."""


FAULT_BYTES = {
    Fault.SPEAKS_HTTP: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    Fault.SPEAKS_GARBAGE: bytes(range(256)) + b"\n",
    Fault.ENDLESS_LINE: b"x" * 200_000,
    Fault.HUGE_CLAIM: b'{"type": "hearken-welcome", "data_length": 99999999999}\n',
    Fault.NONSENSE_WELCOME: b'{"type": "hearken-welcome", "data": {"kind": []}}\n',
    Fault.NONSENSE_INFO: b"",
    Fault.NEVER_ANSWERS: b"",
    Fault.HANGS_UP: b"",
}

"""The audio server of the machine: PulseAudio, or PipeWire in its place."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGER = logging.getLogger(__name__)


@contextmanager
def sound_server() -> Iterator[Any]:
    """Connect to the server and yield a client of pulsectl; None without a server.

    This blocks for some milliseconds.
    """
    client = _connected()
    try:
        yield client
    finally:
        if client is not None:
            client.close()


def _connected() -> Any:
    try:
        import pulsectl  # noqa: PLC0415 - needs a library of the system
    except (ImportError, OSError) as err:
        _LOGGER.debug("no audio server: %s", err)
        return None
    client = pulsectl.Pulse("hearken-satellite", connect=False)
    try:
        # With a time limit, it would always wait that long.
        client.connect(autospawn=False)
    except pulsectl.PulseError as err:
        _LOGGER.debug("no audio server: %s", err)
        client.close()
        return None
    return client

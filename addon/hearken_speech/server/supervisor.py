"""Tell Home Assistant where the server is, through the Supervisor.

It is run when the server is ready::

    python -m hearken_speech.server.supervisor HOST PORT HTTP_PORT

The token of the control API is read here and sent over a socket: on a command line,
every program of the machine could see it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech import json_file, log
from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)

_ATTEMPTS: Final = 5
_LIMIT_SECONDS: Final = 10.0
_SERVICE: Final = "hearken"


class DiscoveryError(HearkenError):
    """The Supervisor could not be told."""


def read_token(data_dir: Path) -> str:
    """Return the token that the server has made; raise if there is none."""
    token = json_file.load(data_dir / "server.json").get("token")
    if not isinstance(token, str) or not token:
        msg = "the server has no token yet"
        raise DiscoveryError(msg)
    return token


def announce(
    config: dict[str, object], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Send the address of the server; raise DiscoveryError if that fails."""
    base = os.environ.get("HEARKEN_SUPERVISOR", "http://supervisor")
    request = urllib.request.Request(  # noqa: S310 - the Supervisor's own address
        f"{base}/discovery",
        data=json.dumps({"service": _SERVICE, "config": config}).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['SUPERVISOR_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=_LIMIT_SECONDS):  # noqa: S310
                return
        except (OSError, urllib.error.HTTPError) as err:
            # Neither the request nor the answer is shown: both contain tokens.
            reason = type(err).__name__
        sleep(attempt)
    msg = f"the Supervisor does not answer ({reason})"
    raise DiscoveryError(msg)


def main() -> int:
    """Announce the server and return the exit status: a failure stops nothing."""
    log.set_up("info")
    host, port, http_port = sys.argv[1:]
    try:
        announce(
            {
                "host": host,
                "port": int(port),
                "http_port": int(http_port),
                "token": read_token(Path(os.environ["HEARKEN_DATA_DIR"])),
            }
        )
    except HearkenError as err:
        _LOGGER.warning(
            "Home Assistant could not be told, add Hearken there by hand: %s", err
        )
    else:
        _LOGGER.info(
            "Home Assistant reaches this server at %s, port %s, and has been told",
            host,
            port,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

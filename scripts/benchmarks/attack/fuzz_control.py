"""Mutated requests to the control API, by somebody who knows the token.

``python -m benchmarks.attack.fuzz_control PORT COUNT SEED TOKEN`` sends so many, and
prints how many it sent. What the server could not handle is in its log.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import sys
from typing import Any, Final

from benchmarks.attack.attackers import HOST
from benchmarks.attack.fuzz import VALUES, spoil
from hearken_speech.protocol import ControlPath

_LIMIT_SECONDS: Final = 30.0
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_NAMES: Final = (
    *("hearken-commands-en", "tiny", "okay_house", "x" * 300, "..", "../server.json"),
    *("/etc/passwd", "a\0b", "\u202e", " ", "auto"),
)
_BODIES: Final[dict[str, dict[str, Any]]] = {
    ControlPath.HOUSE: {"languages": ["en"], "download": False},
    ControlPath.CHOOSE_MODEL: {
        "languages": ["en"],
        "budget_seconds": 1.0,
        "memory_limit_mb": 500,
        "download": False,
    },
    ControlPath.USE_MODEL: {"download": False},
    ControlPath.WAKE_CLIP_SETTINGS: {
        "keep_clips": False,
        "max_days": 3.0,
        "max_megabytes": 5.0,
    },
    ControlPath.MADE_WORDS: {"text": "turn on", "language": "en", "force": False},
    ControlPath.RENAME_WORD: {"name": "Hal"},
    ControlPath.WORD_RECORDINGS: {},
}
_EXPENSIVE: Final = {ControlPath.MEASURE_MODEL, ControlPath.LIVE}
"""The one takes seconds each time, the other does not end."""


def request(moments: random.Random) -> tuple[str, str, bytes]:
    """Return method, path and body of a request in which something is wrong."""
    path = moments.choice([path for path in ControlPath if path not in _EXPENSIVE])
    data = json.loads(json.dumps(_BODIES.get(path, {"a": [1, {"b": 2}]})))
    way = moments.randrange(5)
    if way < 2 and data:
        spoil(moments, data)
    elif way == 2:
        data = moments.choice(VALUES)
    body = json.dumps(data).encode()
    if way == 3:
        body = body[: moments.randrange(len(body))] + moments.randbytes(3)
    elif way == 4:
        body = moments.choice((b"", b"[" * 60_000, b"9" * 60_000, bytes(200_000)))
    return moments.choice(_METHODS), path.of(moments.choice(_NAMES)), body


def main() -> int:
    """Send the requests and print how many were sent."""
    port, count, seed = map(int, sys.argv[1:4])
    moments = random.Random(seed)  # noqa: S311 - no secret
    connection = http.client.HTTPConnection(HOST, port, timeout=_LIMIT_SECONDS)
    headers = {"Authorization": f"Bearer {sys.argv[4]}"}
    for _ in range(count):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(*request(moments), headers)
            connection.getresponse().read()
            continue
        connection.close()
    print(count)
    return 0


if __name__ == "__main__":
    sys.exit(main())

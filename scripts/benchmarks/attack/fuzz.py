"""Mutated messages: bits, bytes, lengths, types and whole events out of order.

``python -m benchmarks.attack.fuzz PORT COUNT SEED [TOKEN]`` sends so many, half of them
as a client that knows the token if it is given, and prints how many it sent.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from benchmarks.attack.attackers import HOST, event
from hearken_speech.protocol import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

_PER_CONNECTION: Final = 40
_READ_SECONDS: Final = 0.02
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1 << 40, 1e308, "", "x" * 2_000, "\ud800", "\0\n\x1b["),
    *([], {}, [[[[]]]], {"a": {"b": []}}, float("nan"), float("inf"), 10**30),
)
_AUDIO: Final = {"rate": 16_000, "width": 2, "channels": 1}
_OPTIONS: Final = {
    "endpointing": True,
    "partials": True,
    "pauses_only": False,
    "vocabulary": "a",
    "no_speech_seconds": 1.0,
    "lead_seconds": 0.5,
}
_SENSITIVITY: Final = {"threshold": 0.5, "patience": 2, "refractory_seconds": 1.0}
_WORDS: Final = {
    "stream": "a",
    "default": _SENSITIVITY,
    "words": {"hey_jarvis": _SENSITIVITY},
}
_MESSAGES: Final[tuple[tuple[str, dict[str, Any], bytes], ...]] = (
    ("describe", {}, b""),
    ("ping", {"text": "a"}, b""),
    ("hearken-hello", {"protocol": 1, "version": "1"}, b""),
    ("hearken-proof", {"nonce": "a", "code": "b"}, b""),
    ("hearken-vocabulary", {"key": "a", "names": ["b"], "terms": []}, b""),
    ("hearken-utterance", {"state": "complete", "revision": 1}, b""),
    ("hearken-propose-names", {}, b""),
    ("hearken-look-again", {}, b""),
    (
        "transcribe",
        {
            "language": "en",
            "vad_sensitivity": "relaxed",
            "transcript_names": ["a"],
            "transcript_terms": ["b"],
            "context": {"hearken": _OPTIONS},
        },
        b"",
    ),
    ("detect", {"names": ["hey_jarvis"], "context": {"hearken": _WORDS}}, b""),
    ("synthesize", {"text": "a", "voice": {"language": "en"}}, b""),
    ("audio-start", _AUDIO, b""),
    ("audio-chunk", _AUDIO, bytes(640)),
    ("audio-stop", {"timestamp": 1}, b""),
)


def mutated(moments: random.Random) -> bytes:
    """Return a message in which something is wrong, or nothing."""
    kind, data, payload = moments.choice(_MESSAGES)
    data = json.loads(json.dumps(data))
    way = moments.randrange(8)
    if way == 0 and data:
        spoil(moments, data)
    elif way == 1:
        data[moments.choice(("context", "rate", "names", "x"))] = moments.choice(VALUES)
    elif way == 2:
        kind = moments.choice(("", "x" * 100, "audio-", "hearken-welcome", "error"))
    elif way == 3:
        payload = moments.randbytes(moments.choice((0, 1, 3, 5_000)))
    raw = event(kind, data, payload)
    if way == 4:
        place = moments.randrange(len(raw))
        raw = raw[:place] + moments.randbytes(moments.randrange(1, 9)) + raw[place:]
    elif way == 5:
        raw = raw[: moments.randrange(len(raw))] + b"\n"
    elif way == 6:
        length = moments.choice((b"-1", b"1e9", b"99999999999", b'"a"', b"null"))
        raw = raw.replace(b'"payload_length": 0', b'"payload_length": ' + length)
    return raw


def spoil(moments: random.Random, data: dict[str, Any]) -> None:
    """Put something wrong into one field, however deep it is."""
    inside, key = moments.choice([*_fields(data)])
    inside[key] = moments.choice(VALUES)


def _fields(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield everything that has fields, with each of them."""
    keys: list[Any] = []
    if isinstance(data, dict):
        keys = list(data)
    elif isinstance(data, list):
        keys = list(range(len(data)))
    for key in keys:
        yield data, key
        yield from _fields(data[key])


def main() -> int:
    """Send the messages and print how many were sent."""
    port, count, seed = map(int, sys.argv[1:4])
    token = sys.argv[4] if len(sys.argv) > 4 else ""
    moments = random.Random(seed)  # noqa: S311 - no secret
    sent = 0
    while sent < count:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, port), 5) as connection,
        ):
            connection.settimeout(_READ_SECONDS)
            if token and moments.randrange(2):
                proof = Proof.of(token).event()
                connection.sendall(event(proof.type, proof.data))
            for _ in range(_PER_CONNECTION):
                connection.sendall(mutated(moments))
                sent += 1
            with contextlib.suppress(TimeoutError):
                while connection.recv(1 << 16):
                    pass
    print(sent)
    return 0


if __name__ == "__main__":
    sys.exit(main())

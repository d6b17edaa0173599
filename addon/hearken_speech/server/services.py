"""The services that all connections share."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearken_speech.connections import ConnectionLimits, Connections
from hearken_speech.protocol import PeerKind, Welcome
from hearken_speech.server.control_port import LIMITS as CONTROL_LIMITS
from hearken_speech.server.journal import Journal
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from hearken_speech.server.identity import Identity
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.server.wake import WakeService
    from hearken_speech.tts.espeak import Espeak


_WYOMING_LIMITS: Final = ConnectionLimits(new=256)
"""A large house connects all its satellites at once when it starts."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that connections use."""

    identity: Identity
    name: str
    recognizer: Recognizer
    espeak: Espeak
    wake: WakeService
    journal: Journal = field(default_factory=Journal)
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    """Different at every start of the server."""
    started: float = field(default_factory=time.monotonic)
    connections: Connections = field(
        default_factory=lambda: Connections(_WYOMING_LIMITS)
    )
    """The connections of the Wyoming port."""
    control_connections: Connections = field(
        default_factory=lambda: Connections(CONTROL_LIMITS)
    )

    strangers_turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a long message of a client without the token is parsed."""

    def welcome(self, http_port: int | None) -> Welcome:
        """Return the welcome message of this server."""
        return Welcome(
            kind=PeerKind.SERVER,
            id=self.identity.id,
            name=self.name,
            version=VERSION,
            http_port=http_port,
            run=self.run,
        )

    def close(self) -> None:
        """Stop all services."""
        self.recognizer.close()
        self.wake.close()

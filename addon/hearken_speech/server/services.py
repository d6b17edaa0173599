"""What the server offers, put together once and shared by all connections."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.protocol import PeerKind, Welcome
from hearken_speech.server.journal import Journal
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from hearken_speech.server.identity import Identity
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.server.wake import WakeService
    from hearken_speech.tts.espeak import Espeak


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a connection can ask for."""

    identity: Identity
    name: str
    recognizer: Recognizer
    espeak: Espeak
    wake: WakeService
    journal: Journal = field(default_factory=Journal)
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    """Tells this start of the server from others."""
    started: float = field(default_factory=time.monotonic)

    def welcome(self, http_port: int | None) -> Welcome:
        """Return who this server is."""
        return Welcome(
            kind=PeerKind.SERVER,
            id=self.identity.id,
            name=self.name,
            version=VERSION,
            http_port=http_port,
            run=self.run,
        )

    def close(self) -> None:
        """Take no new work."""
        self.recognizer.close()
        self.wake.close()

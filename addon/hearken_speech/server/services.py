"""What the server offers, put together once and shared by all connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.server.journal import Journal

if TYPE_CHECKING:
    from hearken_speech.server.identity import Identity
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.tts.espeak import Espeak
    from hearken_speech.wake.detector import Catalogue


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a connection can ask for."""

    identity: Identity
    name: str
    recognizer: Recognizer
    espeak: Espeak
    wake_words: Catalogue
    journal: Journal = field(default_factory=Journal)
    wake_pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="wake")
    )

    def close(self) -> None:
        """Take no new work."""
        self.recognizer.close()
        self.wake_pool.shutdown(wait=False, cancel_futures=True)

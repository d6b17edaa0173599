"""Two lanes for speech-to-text: one for clients that know the token, one for strangers.

Strangers, however many, cost those that are trusted no waiting and little time: their
threads have a lower priority, and together they keep a limited length of audio.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt.pool import DecoderPool

_QUEUE_LIMIT: Final = 16
_STRANGERS_AUDIO_SECONDS: Final = 300.0
_STRANGERS_NICENESS: Final = 10
"""How much lower the priority of their threads is than that of the server."""


class Open(Protocol):
    """A recording that is being made, or is kept."""

    def displace(self) -> None:
        """End it, or forget it, to make room for others."""


class AudioBudget:
    """Limits the length of all open recordings; the longest makes room."""

    def __init__(self, seconds: float) -> None:
        """Set the limit."""
        self._limit = int(seconds * SAMPLE_RATE_HZ)
        self._samples: dict[Open, int] = {}

    @property
    def seconds(self) -> float:
        """Return the length of what is open."""
        return sum(self._samples.values()) / SAMPLE_RATE_HZ

    def add(self, recording: Open, samples: int) -> None:
        """Note that a recording has grown."""
        self._samples[recording] = self._samples.get(recording, 0) + samples
        while sum(self._samples.values()) > self._limit:
            longest = max(self._samples, key=lambda one: self._samples[one])
            self.remove(longest)
            longest.displace()

    def remove(self, recording: Open) -> None:
        """Note that a recording has ended."""
        self._samples.pop(recording, None)


class Lane:
    """The threads of one kind of clients."""

    def __init__(self, workers: int, *, is_trusted: bool) -> None:
        """Start the threads."""
        self.is_trusted = is_trusted
        name = "stt" if is_trusted else "stt-strangers"
        self.listening = ThreadPoolExecutor(
            1,
            thread_name_prefix=f"{name}-listen",
            initializer=None if is_trusted else _be_nice,
        )
        """Converts audio, and computes features and voice activity."""
        self.pool = DecoderPool(workers, _QUEUE_LIMIT)
        self.budget = None if is_trusted else AudioBudget(_STRANGERS_AUDIO_SECONDS)

    def close(self) -> None:
        """Let running work finish and take no new one."""
        self.pool.close(timeout_seconds=0.0)
        self.listening.shutdown(wait=False, cancel_futures=True)


def _be_nice() -> None:
    """Lower the priority of this thread, where the system allows that."""
    try:
        thread = threading.get_native_id()
        lower = os.getpriority(os.PRIO_PROCESS, thread) + _STRANGERS_NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, lower)
    except (AttributeError, OSError):
        return

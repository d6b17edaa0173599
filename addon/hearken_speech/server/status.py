"""The status of the server, as the control API reports it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.protocol import (
    CONTROL_VERSION,
    EventKind,
    ServerState,
    StatusKey,
)
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from hearken_speech.models import ModelKeeper
    from hearken_speech.server.services import Services

_MEMORY: Final = Path("/proc/self/statm")
_REQUESTS: Final = (EventKind.TRANSCRIPT, EventKind.SPOKEN, EventKind.ERROR)


def status(services: Services) -> dict[str, Any]:
    """Return what is in use, how fast it is, and what it has done so far."""
    models = services.recognizer.models
    journal = services.journal
    return {
        StatusKey.API_VERSION: CONTROL_VERSION,
        StatusKey.ID: services.identity.id,
        StatusKey.NAME: services.name,
        StatusKey.VERSION: VERSION,
        StatusKey.STATE: _state(models),
        StatusKey.UPTIME_SECONDS: round(time.monotonic() - services.started, 1),
        StatusKey.MEMORY_BYTES: memory_bytes(),
        StatusKey.MODEL: models.model.name if models.model else None,
        StatusKey.MODEL_PURPOSE: models.purpose,
        StatusKey.MODEL_CONFIGURED: models.configured,
        StatusKey.MODEL_PROBLEM: models.problem,
        StatusKey.MODEL_TROUBLE: models.trouble,
        StatusKey.LANGUAGES: models.languages,
        StatusKey.STORAGE: {
            StatusKey.FREE_BYTES: models.free_bytes,
            StatusKey.NEEDED_BYTES: models.needed_bytes,
        },
        StatusKey.SET_ASIDE: list(json_file.set_aside_names),
        StatusKey.DOWNLOADS: {
            name: {
                StatusKey.DONE_BYTES: done.done_bytes,
                StatusKey.TOTAL_BYTES: done.total_bytes,
            }
            for name, done in models.progress.items()
        },
        StatusKey.SPEAKS: bool(services.espeak.voices),
        StatusKey.WAKE_WORDS: [word.id for word in services.wake.catalogue.usable()],
        StatusKey.WAKE_PROBLEM: services.wake.problem or None,
        StatusKey.CONNECTIONS: {
            "wyoming": dict(services.connections.counts),
            "control": dict(services.control_connections.counts),
        },
        StatusKey.COUNTS: dict(journal.counts),
        StatusKey.REQUESTS: sum(journal.counts[kind] for kind in _REQUESTS),
        **journal.statistics.summary(),
    }


def memory_bytes() -> int | None:
    """Return the memory that this process uses, None if it is unknown."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _state(models: ModelKeeper) -> ServerState:
    """Return how speech-to-text is doing."""
    if models.loading:
        return ServerState.LOADING
    if models.problem or not models.model:
        return ServerState.PROBLEM
    return ServerState.READY

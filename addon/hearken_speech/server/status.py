"""How the server is doing, as the control API tells it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.protocol import CONTROL_VERSION
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from hearken_speech.models.keeper import ModelKeeper
    from hearken_speech.server.services import Services

_MEMORY: Final = Path("/proc/self/statm")
_REQUESTS: Final = ("transcript", "spoken", "error")


def status(services: Services) -> dict[str, Any]:
    """Say what is in use, how fast it is, and what it did so far."""
    models = services.recognizer.models
    journal = services.journal
    return {
        "api_version": CONTROL_VERSION,
        "id": services.identity.id,
        "name": services.name,
        "version": VERSION,
        "state": _state(models),
        "uptime_seconds": round(time.monotonic() - services.started, 1),
        "memory_bytes": memory_bytes(),
        "model": models.model.name if models.model else None,
        "model_configured": models.configured,
        "model_problem": models.problem,
        "model_trouble": models.trouble,
        "languages": models.languages,
        "storage": {
            "free_bytes": models.manager.free_bytes,
            "needed_bytes": models.manager.needed_bytes,
        },
        "downloads": {
            name: {"done_bytes": done.done_bytes, "total_bytes": done.total_bytes}
            for name, done in models.manager.progress.items()
        },
        "speaks": bool(services.espeak.voices),
        "wake_words": [word.id for word in services.wake.catalogue.usable()],
        "wake_problem": services.wake.problem or None,
        "counts": dict(journal.counts),
        "requests": sum(journal.counts[kind] for kind in _REQUESTS),
        **journal.statistics.summary(),
    }


def memory_bytes() -> int | None:
    """Return the memory that this program uses, None where nobody tells."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _state(models: ModelKeeper) -> str:
    """Return in one word how speech to text is doing."""
    if models.loading:
        return "loading"
    return "problem" if models.problem or not models.model else "ready"

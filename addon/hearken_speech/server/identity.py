"""Who this server is: an id and a secret, made once and kept."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech import store

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells this server from others, and lets its owner in."""

    id: str
    token: str = field(repr=False)
    """Opens the control API."""


def load(folder: Path) -> Identity:
    """Return the identity kept in the folder; make it at the first start."""
    path = folder / "server.json"
    stored = store.load(path)
    identity = Identity(
        id=str(stored.get("id") or uuid.uuid4().hex),
        token=str(stored.get("token") or secrets.token_urlsafe(32)),
    )
    kept = {**stored, "id": identity.id, "token": identity.token}
    if kept != stored:
        store.save(path, kept)
    return identity

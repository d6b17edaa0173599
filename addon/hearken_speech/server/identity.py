"""The id and the token of this server, created at the first start."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech import json_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """The id and the token of a server."""

    id: str
    token: str = field(repr=False)
    """Token of the control API."""


def load(folder: Path) -> Identity:
    """Return the identity stored in the folder; create it if there is none."""
    path = folder / "server.json"
    stored = json_file.load(path)
    identity = Identity(
        id=str(stored.get("id") or uuid.uuid4().hex),
        token=str(stored.get("token") or secrets.token_urlsafe(32)),
    )
    updated = {**stored, "id": identity.id, "token": identity.token}
    if updated != stored:
        json_file.save(path, updated)
    return identity

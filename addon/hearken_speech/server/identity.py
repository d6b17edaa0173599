"""The id and the token of this server, created at the first start."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import identity_file

if TYPE_CHECKING:
    from pathlib import Path


_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """The id and the token of a server."""

    id: str
    token: str = field(repr=False)
    """Token of the control API."""


def load(folder: Path) -> Identity:
    """Return the identity stored in the folder; create it if there is none."""
    stored = identity_file.load(folder / "server.json", _completed, _is_valid)
    return Identity(id=stored["id"], token=stored["token"])


def _completed(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the stored values, with new ones for what is missing."""
    return {
        **stored,
        "id": stored.get("id") or uuid.uuid4().hex,
        "token": stored.get("token") or secrets.token_urlsafe(_TOKEN_BYTES),
    }


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether the stored values can be used."""
    return all(
        # An empty one is replaced.
        value == "" or identity_file.is_usable(value)
        for value in (stored.get("id", ""), stored.get("token", ""))
    )

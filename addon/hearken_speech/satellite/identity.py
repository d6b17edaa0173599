"""Who a satellite is: its id, and the key that it is paired with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import identity_file, json_file
from hearken_speech.protocol import pairing

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = "satellite.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """The satellite's unique id and its pairing key."""

    id: str
    key: str = field(repr=False)


def load_identity(data_dir: Path) -> Identity:
    """Return the identity stored in the folder; create it at the first start."""
    stored = identity_file.load(data_dir / _NAME, _completed, _is_valid)
    return Identity(id=stored["id"], key=stored["key"])


def renew_key(data_dir: Path) -> str:
    """Replace the key, so that every Home Assistant has to be paired again."""
    own = load_identity(data_dir)
    renewed = {"id": own.id, "key": pairing.new_key()}
    path = data_dir / _NAME
    # The copy first: it must never bring the old key back.
    for file in (identity_file.copy_of(path), path):
        json_file.save(file, renewed)
    return renewed["key"]


def _completed(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the stored id and key, or new ones."""
    return {"id": uuid.uuid4().hex, "key": pairing.new_key(), **stored}


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether the stored id and key can be used."""
    key = stored.get("key")
    try:
        pairing.parse_key(key if isinstance(key, str) else "")
    except ValueError:
        return False
    return identity_file.is_usable(stored.get("id"))

"""Who a satellite is: its id, its pairing key, and whether it was ever paired."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearken_speech import json_file
from hearken_speech.errors import HearkenError
from hearken_speech.protocol import pairing

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = "satellite.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """The satellite's unique id and its pairing key."""

    id: str
    key: str = field(repr=False)
    is_paired: bool = False
    """Whether a Home Assistant has ever used the key."""


def load_identity(data_dir: Path) -> Identity:
    """Return the identity stored in the folder; create it at the first start."""
    path = data_dir / _NAME
    stored = json_file.load(path)
    if "id" not in stored or "key" not in stored:
        stored = {**stored, "id": uuid.uuid4().hex, "key": pairing.new_key()}
        json_file.save(path, stored)
    try:
        pairing.parse_key(str(stored["key"]))
    except ValueError as err:
        msg = f"the key in {path} is damaged; remove the file and pair again"
        raise HearkenError(msg) from err
    return Identity(
        id=str(stored["id"]),
        key=str(stored["key"]),
        is_paired=stored.get("paired") is True,
    )


def note_paired(data_dir: Path) -> None:
    """Store that a Home Assistant has used the key."""
    path = data_dir / _NAME
    stored = json_file.load(path)
    if stored.get("paired") is not True:
        json_file.save(path, {**stored, "paired": True})


def renew_key(data_dir: Path) -> str:
    """Replace the key, so that every Home Assistant has to be paired again."""
    load_identity(data_dir)
    path = data_dir / _NAME
    key = pairing.new_key()
    json_file.save(path, {**json_file.load(path), "key": key, "paired": False})
    return key

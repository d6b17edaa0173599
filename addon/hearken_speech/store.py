"""Small files that must never be half written."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hearken_speech.errors import HearkenError


class StoreError(HearkenError):
    """A file in the data folder cannot be read or written."""


def load(path: Path) -> dict[str, Any]:
    """Return a stored object, an empty one where there is none yet."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as err:
        msg = f"{path} cannot be read ({err}); repair or remove it"
        raise StoreError(msg) from err
    if not isinstance(value, dict):
        msg = f"{path} holds something else than settings; remove it"
        raise StoreError(msg)
    return value


def save(path: Path, value: dict[str, Any]) -> None:
    """Replace a stored object: after a crash the old one or the new one is there.

    Only the owner can read the file: it may hold keys.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file readable to its owner alone.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=2, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as err:
        msg = f"{path} cannot be written: {err.strerror or err}"
        raise StoreError(msg) from err

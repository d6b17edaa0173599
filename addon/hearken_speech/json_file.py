"""JSON files that are written atomically."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hearken_speech.errors import HearkenError


class JsonFileError(HearkenError):
    """A file in the data folder cannot be read or written."""


def load(path: Path) -> dict[str, Any]:
    """Return the object in a file, an empty one if there is no file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as err:
        msg = f"{path} cannot be read ({err}); repair or remove it"
        raise JsonFileError(msg) from err
    if not isinstance(value, dict):
        msg = f"{path} holds something other than settings; remove it"
        raise JsonFileError(msg)
    return value


def save(path: Path, value: dict[str, Any]) -> None:
    """Replace the object in a file atomically.

    Only its owner, which is that of the folder, can read the file: it may contain keys.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file readable only to its owner.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=2, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            if os.geteuid() == 0:
                # Root looks after the data of a service that runs as somebody else.
                folder = path.parent.stat()
                os.chown(temporary, folder.st_uid, folder.st_gid)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as err:
        msg = f"{path} cannot be written: {err.strerror or err}"
        raise JsonFileError(msg) from err

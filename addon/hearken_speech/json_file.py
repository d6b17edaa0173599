"""Files in the data folder: written atomically, read with limits, set aside."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import strict_json
from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)

MAX_BYTES: Final = 4 * 1024 * 1024
DAMAGED_SUFFIX: Final = ".damaged"
_MAX_SET_ASIDE: Final = 5
_LEFTOVER_SECONDS: Final = 60.0
_TEMPORARY: Final = re.compile(r"\..+\.(json|onnx|wav)\.[a-z0-9_]{8}")

set_aside_names: Final[list[str]] = []
"""Files that this program has set aside since it started, for the user."""


class JsonFileError(HearkenError):
    """A file in the data folder cannot be read or written."""


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file; raise OSError if it is anything else."""
    # A named pipe would otherwise wait until somebody writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            msg = "it is not a file"
            raise OSError(msg)
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        msg = f"it is larger than {max_bytes} bytes"
        raise OSError(msg)
    return data


def load(path: Path) -> dict[str, Any]:
    """Return the object in a file, an empty one if there is no file."""
    try:
        value = strict_json.loads(read_bytes(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as err:
        msg = f"{path} cannot be read ({err}); repair or remove it"
        raise JsonFileError(msg) from err
    if not isinstance(value, dict):
        msg = f"{path} holds something other than settings; remove it"
        raise JsonFileError(msg)
    return value


def load_or_set_aside(
    path: Path, is_valid: Callable[[dict[str, Any]], bool] = lambda _value: True
) -> dict[str, Any] | None:
    """Return the object in a file, None if there is no file or it is damaged.

    A damaged file is renamed, so that it can be repaired; nothing overwrites it.
    """
    if not os.path.lexists(path):
        return None
    if not path.exists():
        set_aside(path, f"{path} leads nowhere")
        return None
    try:
        value = load(path)
    except JsonFileError as err:
        set_aside(path, str(err))
        return None
    if not is_valid(value):
        set_aside(path, f"the values in {path} cannot be used")
        return None
    return value


def set_aside(path: Path, reason: str) -> None:
    """Rename a damaged file, and tell the user."""
    set_aside_names.append(path.name)
    del set_aside_names[:-_MAX_SET_ASIDE]
    names = [f"{path.name}{DAMAGED_SUFFIX}"]
    names += [f"{names[0]}{number}" for number in range(2, _MAX_SET_ASIDE + 1)]
    targets = [path.with_name(name) for name in names]
    target = next((one for one in targets if not os.path.lexists(one)), targets[-1])
    try:
        path.rename(target)
    except OSError as err:
        _LOGGER.error(  # noqa: TRY400 - for users
            "%s; it is not used (it cannot be renamed: %s)", reason, err.strerror
        )
    else:
        _LOGGER.error("%s; it is now %s and not used", reason, target.name)


def save(path: Path, value: dict[str, Any]) -> None:
    """Replace the object in a file atomically; raise JsonFileError if that fails."""
    text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file atomically; raise JsonFileError if that fails.

    Only its owner, which is that of the folder, can read the file: it may contain keys.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file readable only to its owner.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                _give_to_owner_of(path.parent, handle)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as err:
        msg = f"{path} cannot be written: {err.strerror or err}"
        raise JsonFileError(msg) from err


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files of programs that were killed while they wrote."""
    oldest = time.time() - _LEFTOVER_SECONDS
    try:
        for path in folder.iterdir():
            if _TEMPORARY.fullmatch(path.name) and path.lstat().st_mtime < oldest:
                path.unlink()
    except FileNotFoundError:
        return
    except OSError as err:
        _LOGGER.warning("temporary files stay in %s: %s", folder, err.strerror or err)


def _give_to_owner_of(folder: Path, handle: int) -> None:
    """Let the program that the folder belongs to read a file that root has made."""
    if os.geteuid() == 0:
        status = folder.stat()
        os.fchown(handle, status.st_uid, status.st_gid)

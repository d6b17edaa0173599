"""Files that cannot be made again: what others know this program by, with a copy.

A damaged file is set aside and replaced by its copy, which also has what is missing in
the file. A file that is gone was removed by its owner, who wants a new identity.
"""

from __future__ import annotations

import logging
import os
import string
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import json_file
from hearken_speech.json_file import JsonFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_MAX_CHARACTERS: Final = 200
_USABLE: Final = frozenset(string.ascii_letters + string.digits + string.punctuation)


def is_usable(value: object) -> bool:
    """Return whether others could know a program by this, and send it in a header."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_CHARACTERS
        and all(character in _USABLE for character in value)
    )


def copy_of(path: Path) -> Path:
    """Return the path of the copy of a file."""
    return path.with_name(f"{path.stem}.copy{path.suffix}")


def load(
    path: Path,
    complete: Callable[[dict[str, Any]], dict[str, Any]],
    is_valid: Callable[[dict[str, Any]], bool],
) -> dict[str, Any]:
    """Return the stored identity, or that of its copy, or a new one.

    ``complete`` adds missing values. If the identity cannot be stored, it holds until
    the program ends.
    """
    copy = copy_of(path)
    had_file = os.path.lexists(path)
    stored = json_file.load_or_set_aside(path, is_valid)
    copied = json_file.load_or_set_aside(copy, is_valid) if had_file else None
    if copied and not copied.keys() <= (stored or {}).keys():
        _LOGGER.warning("%s was restored from its copy", path)
        stored = {**copied, **(stored or {})}
    identity = complete(stored or {})
    for file in (path, copy):
        if _stored(file) != identity:
            try:
                json_file.save(file, identity)
            except JsonFileError as err:
                _LOGGER.error(  # noqa: TRY400 - for users
                    "%s; the identity holds until the next start only unless it is "
                    "stored already",
                    err,
                )
    return identity


def _stored(path: Path) -> dict[str, Any] | None:
    """Return what is in a file, None if it is damaged."""
    try:
        return json_file.load(path)
    except JsonFileError:
        return None

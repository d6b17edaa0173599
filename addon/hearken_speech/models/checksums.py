"""Checksums of files, as the model hub has them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SHA1_LENGTH: Final = 40


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum(path: Path, like: str) -> str:
    """Return the checksum of a file, using the same algorithm as another checksum.

    The hub has the SHA-256 of large files, and git's SHA-1 of small ones.
    """
    if len(like) != _SHA1_LENGTH:
        return sha256(path)
    data = path.read_bytes()
    header = b"blob %d\0" % len(data)
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()

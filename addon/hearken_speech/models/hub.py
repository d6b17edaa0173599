"""The model hub: where models are downloaded from."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.models.errors import DownloadError
from hearken_speech.models.loading import MODEL_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.models.catalogue import CatalogueModel

DEFAULT_HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "HF_ENDPOINT"
"""Environment variable that names another hub, such as a mirror."""

_OPTIONAL_FILES: Final = ("preprocessor_config.json",)
_VOCABULARY_PREFIX: Final = "vocabulary."
_TIMEOUT_SECONDS: Final = 20.0
_LONGEST_LIST_BYTES: Final = 4 << 20
_SHA1_LENGTH: Final = 40


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A file of a model on the hub."""

    name: str
    size_bytes: int
    checksum: str
    """SHA-256 for large files, git's SHA-1 for small ones."""


class Hub:
    """A server with the file layout of Hugging Face."""

    def __init__(self, address: str | None = None) -> None:
        """Set the address; None uses the environment variable or the default."""
        self._address = address or os.environ.get(HUB_VARIABLE, DEFAULT_HUB).rstrip("/")
        if urllib.parse.urlsplit(self._address).scheme not in {"http", "https"}:
            msg = f"the model hub {self._address!r} is not a web address"
            raise DownloadError(msg)

    def files(self, model: CatalogueModel) -> list[HubFile]:
        """Return the files that a model consists of."""
        address = f"{self._address}/api/models/{model.repo}/tree/{model.revision}"
        try:
            with open_address(address) as answer:
                listed = json.loads(answer.read(_LONGEST_LIST_BYTES))
            files = [_hub_file(entry) for entry in listed if _is_wanted(entry)]
        except (OSError, http.client.HTTPException) as err:
            raise unreachable(model.name, err) from err
        except (ValueError, KeyError, TypeError) as err:
            msg = f"the model hub returned no list of files for {model.name}"
            raise DownloadError(msg) from err
        missing = set(MODEL_FILES) - {file.name for file in files}
        if missing:
            names = ", ".join(sorted(missing))
            msg = f"the model hub has no {names} for {model.name}"
            raise DownloadError(msg)
        return files

    def address_of(self, model: CatalogueModel, file: HubFile) -> str:
        """Return the address of a file."""
        name = urllib.parse.quote(file.name)
        return f"{self._address}/{model.repo}/resolve/{model.revision}/{name}"


def checksum(path: Path, like: str) -> str:
    """Return the checksum of a file, using the same algorithm as another checksum."""
    if len(like) == _SHA1_LENGTH:
        data = path.read_bytes()
        header = b"blob %d\0" % len(data)
        return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_address(address: str, first_byte: int = 0) -> Any:
    """Open an address of the hub, from a byte on."""
    request = urllib.request.Request(address)  # noqa: S310 - Hub checks the scheme
    request.add_header("User-Agent", "hearken")
    if first_byte:
        request.add_header("Range", f"bytes={first_byte}-")
    return urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310 - as above


def unreachable(model: str, err: Exception) -> DownloadError:
    """Return the error for a hub that does not answer, or answers with an error."""
    reason = getattr(err, "reason", None) or err
    if isinstance(err, urllib.error.HTTPError):
        with contextlib.suppress(OSError):
            err.close()
        reason = f"it answered {err.code}"
    return DownloadError(
        f"the model hub cannot be reached for {model} ({reason}); "
        "check the network and try again"
    )


def _is_wanted(entry: dict[str, Any]) -> bool:
    """Return whether a file on the hub is part of a model."""
    name = str(entry["path"])
    return entry.get("type") == "file" and (
        name in MODEL_FILES
        or name in _OPTIONAL_FILES
        or (name.startswith(_VOCABULARY_PREFIX) and "/" not in name)
    )


def _hub_file(entry: dict[str, Any]) -> HubFile:
    """Parse one entry of the hub's list of files."""
    large = entry.get("lfs")
    digest = large["oid"] if isinstance(large, dict) else entry["oid"]
    return HubFile(
        name=str(entry["path"]),
        size_bytes=int(entry["size"]),
        checksum=str(digest).removeprefix("sha256:"),
    )

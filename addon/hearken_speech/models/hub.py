"""The model hub: where models are downloaded from.

Import this only to download: its libraries take time and memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import urllib.parse
from dataclasses import dataclass
from fnmatch import fnmatch
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx2
from huggingface_hub import get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined] # exported at run time

from hearken_speech.models.errors import DownloadError, NotOnHubError
from hearken_speech.models.layout import missing_files
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Any

    from hearken_speech.models.catalogue import HubModel

DEFAULT_HUB: Final = "https://huggingface.co"
HUB_VARIABLE: Final = "HF_ENDPOINT"
"""Environment variable that names another hub, such as a mirror."""

_WANTED: Final = (
    *("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json"),
    "vocabulary.*",
)
"""The files that faster-whisper downloads of a model."""
_TIMEOUT_SECONDS: Final = 20.0
_LONGEST_LIST_BYTES: Final = 4 << 20
_NOT_FOUND: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)
"""The hub answers 401 to everybody who may not know whether a model exists."""


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A file of a model on the hub."""

    name: str
    size_bytes: int
    checksum: str
    """SHA-256 for large files, git's SHA-1 for small ones."""


class Answer:
    """What the hub sends."""

    def __init__(self, model: str, response: httpx2.Response) -> None:
        """Set the model, for errors, and the response of the hub."""
        self._model = model
        self._response = response

    @property
    def is_rest(self) -> bool:
        """Return whether the hub sends only the rest that was asked for."""
        return self._response.status_code == HTTPStatus.PARTIAL_CONTENT

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes; raise DownloadError if the connection is lost."""
        chunks = self._response.iter_bytes()
        while True:
            with _asking(self._model):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk


class Hub:
    """A server with the interface of Hugging Face.

    The addresses, the connection, the owner's token and the errors are those of
    ``huggingface_hub``, as in faster-whisper. Its downloads are not used: they start
    over when a connection was lost, and cannot be cancelled at any time.
    """

    def __init__(self, address: str | None = None) -> None:
        """Set the address; None uses the environment variable or the default."""
        self._address = (
            address or os.environ.get(HUB_VARIABLE, "") or DEFAULT_HUB
        ).rstrip("/")
        if urllib.parse.urlsplit(self._address).scheme not in {"http", "https"}:
            msg = f"the model hub {self._address!r} is not a web address"
            raise DownloadError(msg)

    def files(self, model: HubModel) -> list[HubFile]:
        """Return the files that a model consists of."""
        address = f"{self._address}/api/models/{model.repo}/tree/{model.revision}"
        data = b""
        with self._opened(model, address) as answer:
            for chunk in answer.chunks():
                data += chunk
                if len(data) > _LONGEST_LIST_BYTES:
                    break
        try:
            files = [_hub_file(entry) for entry in json.loads(data)]
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            msg = f"the model hub returned no list of files for {model.name}"
            raise DownloadError(msg) from err
        wanted = [file for file in files if file and _is_wanted(file.name)]
        if missing := missing_files({file.name for file in wanted}):
            msg = (
                f"the model hub has no {', '.join(missing)} for {model.name}: "
                "it is no Whisper model in CTranslate2's format"
            )
            raise NotOnHubError(msg)
        return wanted

    def open(
        self, model: HubModel, file: HubFile, first_byte: int = 0
    ) -> AbstractContextManager[Answer]:
        """Open a file of a model, from a byte on."""
        address = hf_hub_url(
            model.repo, file.name, revision=model.revision, endpoint=self._address
        )
        return self._opened(model, address, first_byte)

    @contextlib.contextmanager
    def _opened(
        self, model: HubModel, address: str, first_byte: int = 0
    ) -> Iterator[Answer]:
        """Hold the connection to an address for as long as it is read."""
        headers = build_hf_headers(library_name="hearken", library_version=VERSION)
        # A compressed file could not be continued in the middle.
        headers["Accept-Encoding"] = "identity"
        if first_byte:
            headers["Range"] = f"bytes={first_byte}-"
        with contextlib.ExitStack() as stack:
            with _asking(model.name):
                response = stack.enter_context(
                    get_session().stream(
                        "GET", address, headers=headers, timeout=_TIMEOUT_SECONDS
                    )
                )
                hf_raise_for_status(response)
            yield Answer(model.name, response)


@contextlib.contextmanager
def _asking(model: str) -> Iterator[None]:
    """Raise DownloadError for whatever goes wrong between here and the hub."""
    try:
        yield
    except HfHubHTTPError as err:
        status = err.response.status_code
        if status in _NOT_FOUND:
            msg = (
                f"the model hub answered {status} for {model}: "
                "there is no such model, or not for everybody"
            )
            raise NotOnHubError(msg) from err
        raise _unreachable(model, f"it answered {status}") from err
    except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as err:
        raise _unreachable(model, str(err) or type(err).__name__) from err


def _unreachable(model: str, reason: str) -> DownloadError:
    """Return the error for a hub that does not answer, or answers with an error."""
    return DownloadError(
        f"the model hub cannot be reached for {model} ({reason}); "
        "check the network and try again"
    )


def _is_wanted(name: str) -> bool:
    """Return whether a file on the hub is part of a model."""
    return "/" not in name and any(fnmatch(name, pattern) for pattern in _WANTED)


def _hub_file(entry: Mapping[str, Any]) -> HubFile | None:
    """Parse one entry of the hub's list of files; a folder is none."""
    if entry.get("type") != "file":
        return None
    large = entry.get("lfs")
    digest = large["oid"] if isinstance(large, dict) else entry["oid"]
    return HubFile(
        name=str(entry["path"]),
        size_bytes=int(entry["size"]),
        checksum=str(digest).removeprefix("sha256:"),
    )

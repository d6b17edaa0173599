"""What can go wrong with speech models."""

from __future__ import annotations

from typing import ClassVar

from hearken_speech.errors import ModelError


class UnknownModelError(ModelError):
    """There is no model of that name."""

    trouble: ClassVar[str] = "missing"


class DownloadError(ModelError):
    """A model could not be downloaded."""

    trouble: ClassVar[str] = "unreachable"


class DownloadCancelledError(DownloadError):
    """A download was stopped on request."""


class DownloadPausedError(DownloadError):
    """A download was stopped because the program ends; it can be gone on with."""


class DamagedFileError(DownloadError):
    """A downloaded file is not what the hub said it would be."""

    trouble: ClassVar[str] = "damaged"


class NotEnoughSpaceError(DownloadError):
    """The disk has no room for the model."""

    trouble: ClassVar[str] = "no_space"

    def __init__(self, text: str, needed_bytes: int = 0) -> None:
        """Keep how much has to be free for it."""
        super().__init__(text)
        self.needed_bytes = needed_bytes

"""Errors of speech models."""

from __future__ import annotations

from typing import ClassVar

from hearken_speech.errors import ModelError
from hearken_speech.protocol import ModelTrouble


class UnknownModelError(ModelError):
    """No model has that name."""

    trouble: ClassVar[ModelTrouble] = ModelTrouble.MISSING


class DamagedModelError(ModelError):
    """The files of a model are damaged or incomplete."""


class DownloadError(ModelError):
    """A model could not be downloaded."""

    trouble: ClassVar[ModelTrouble] = ModelTrouble.UNREACHABLE


class NotOnHubError(DownloadError):
    """The hub does not have the model, or what it has is no speech model."""

    trouble: ClassVar[ModelTrouble] = ModelTrouble.MISSING


class DownloadCancelledError(DownloadError):
    """A download was cancelled by the user."""


class DownloadPausedError(DownloadError):
    """A download was interrupted because the program is stopping; it can resume."""


class DamagedFileError(DownloadError):
    """A downloaded file does not match its checksum."""

    trouble: ClassVar[ModelTrouble] = ModelTrouble.DAMAGED


class NotEnoughSpaceError(DownloadError):
    """The disk is too full for the model."""

    trouble: ClassVar[ModelTrouble] = ModelTrouble.NO_SPACE

    def __init__(self, text: str, needed_bytes: int = 0) -> None:
        """Set how many bytes have to be free."""
        super().__init__(text)
        self.needed_bytes = needed_bytes

"""What else can go wrong in speech to text."""

from __future__ import annotations

from hearken_speech.errors import HearkenError, ModelError


class DecodeError(HearkenError):
    """The recogniser failed on this recording."""


class UnknownModelError(ModelError):
    """There is no model of that name."""


class DownloadError(ModelError):
    """A model could not be downloaded."""


class DownloadCancelledError(DownloadError):
    """A download was stopped on request."""


class DamagedFileError(DownloadError):
    """A downloaded file is not what the hub said it would be."""


class NotEnoughSpaceError(DownloadError):
    """The disk has no room for the model."""

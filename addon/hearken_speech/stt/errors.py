"""Errors of speech-to-text."""

from __future__ import annotations

from hearken_speech.errors import HearkenError


class DecodeError(HearkenError):
    """The recognizer failed on a recording."""

"""What else can go wrong in speech to text."""

from __future__ import annotations

from hearken_speech.errors import HearkenError


class DecodeError(HearkenError):
    """The recogniser failed on this recording."""

"""Helpers for the tests of spoken commands."""

from typing import Any

from wyoming.event import Event

from hearken_speech.protocol import CONTEXT_KEY

COMMAND = "turn on the kitchen light"


def details(event: Event) -> dict[str, Any]:
    """Return the details of a transcript."""
    found: dict[str, Any] = event.data["context"][CONTEXT_KEY]
    return found

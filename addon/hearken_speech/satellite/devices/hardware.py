"""Lights, buttons and hooks: what a satellite shows, and what people press."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Light(StrEnum):
    """What the light of a satellite shows, and hooks are told."""

    WAITING = "waiting"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    MUTED = "muted"
    AWAY = "away"
    """Home Assistant, the server or the microphone is gone, or it is not paired."""
    TIMER = "timer"
    """A timer rings."""


class Press(StrEnum):
    """What a button, or a peer on the hook socket, asks for."""

    ACTION = "action"
    """Start listening, stop what sounds, or end a ringing timer."""
    MUTE = "mute"
    """Toggle mute."""
    MUTE_ON = "mute_on"
    """A switch that cuts the microphone was closed."""
    MUTE_OFF = "mute_off"
    VOLUME_UP = "volume_up"
    VOLUME_DOWN = "volume_down"


class Hardware(Protocol):
    """Everything on a satellite that is neither microphone nor speaker.

    A failure of the hardware is logged and never raised: the voice goes on without.
    """

    def show(self, light: Light) -> None:
        """Show this state until the next one; returns at once."""

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Tell hooks what happened, such as ``wake_word``; returns at once."""

    async def press(self) -> Press:
        """Wait for the next press."""

    async def run(self) -> None:
        """Run lights, buttons and hooks until cancelled."""


class NoHardware:
    """A satellite with neither lights nor buttons."""

    def show(self, light: Light) -> None:
        """Show nothing."""

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Tell nobody."""

    async def press(self) -> Press:
        """Wait forever."""
        await asyncio.Event().wait()
        raise AssertionError

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()

"""Lights, buttons and hooks: what a satellite shows, and what people press."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_PRESSES: Final = 8


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
    """What a button, or a program at the hook socket, asks for."""

    ACTION = "action"
    """End a ringing timer, stop what sounds, or else listen."""
    MUTE = "mute"
    """Toggle mute."""
    MUTE_ON = "mute_on"
    """The switch that mutes was closed."""
    MUTE_OFF = "mute_off"
    VOLUME_UP = "volume_up"
    VOLUME_DOWN = "volume_down"


class Hardware(Protocol):
    """Everything on a satellite that is neither microphone nor speaker.

    A failure is logged and never raised: the voice goes on without.
    """

    def show(self, light: Light) -> None:
        """Show this state until the next one; returns at once."""

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Tell hooks what happened, such as ``state``; returns at once."""

    async def press(self) -> Press:
        """Wait for the next press."""

    async def run(self) -> None:
        """Run lights, buttons and hooks until cancelled."""


async def forever() -> NoReturn:
    """Wait until cancelled."""
    await asyncio.Event().wait()
    raise AssertionError  # nobody sets the event


class Presses:
    """A bounded queue of presses."""

    def __init__(self) -> None:
        """Start empty."""
        self._queue: asyncio.Queue[Press] = asyncio.Queue(_MAX_PRESSES)

    def put(self, press: Press) -> None:
        """Add a press; a person who presses faster than we act is not waited for."""
        if not self._queue.full():
            self._queue.put_nowait(press)

    async def get(self) -> Press:
        """Wait for a press."""
        return await self._queue.get()


class Part(Protocol):
    """One piece of hardware: lights, buttons, or hooks."""

    def show(self, light: Light) -> None:
        """Show a state; returns at once."""

    def tell(self, event: str, details: Mapping[str, Any]) -> None:
        """Take note of an event; returns at once."""

    async def run(self, presses: Presses) -> None:
        """Run until cancelled, and report presses."""


class NoHardware:
    """A satellite with neither lights nor buttons."""

    def show(self, light: Light) -> None:
        """Show nothing."""

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Tell nobody."""

    async def press(self) -> Press:
        """Wait forever."""
        return await forever()

    async def run(self) -> None:
        """Wait until cancelled."""
        await forever()


class Parts:
    """Hardware that consists of several parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Join these parts."""
        self._parts = parts
        self._presses = Presses()

    def show(self, light: Light) -> None:
        """Show a state on every light, and tell every hook."""
        for part in self._parts:
            part.show(light)
        self.tell("state", {"state": light.value})

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Tell every hook."""
        for part in self._parts:
            part.tell(event, details or {})

    async def press(self) -> Press:
        """Wait for the next press of any button."""
        return await self._presses.get()

    async def run(self) -> None:
        """Run all parts until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for part in self._parts:
                tasks.create_task(part.run(self._presses))
            await forever()

"""Lights, hooks and ducking follow the state of a satellite; buttons change it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SatelliteSettings
from hearken_speech.satellite.devices.hardware import Press
from hearken_speech.satellite.indicator import SatelliteState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.satellite.device import Device

_LOGGER = logging.getLogger(__name__)

_VOLUME_STEP: Final = 0.1
_DUCKED: Final = {
    SatelliteState.LISTENING,
    SatelliteState.THINKING,
    SatelliteState.SPEAKING,
    SatelliteState.TIMER,
}
"""States in which other programs are turned down."""


class PanelDriver:
    """Connects the hardware of a satellite with its state and its settings."""

    def __init__(
        self, device: Device, on_action: Callable[[], Awaitable[None]]
    ) -> None:
        """Drive the hardware of this device; the action button awaits ``on_action``."""
        self._device = device
        self._on_action = on_action
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Run the hardware until cancelled; other programs get their volume back."""
        self._device.indicator.listen(lambda _state: self._changed.set())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._device.hardware.run())
                tasks.create_task(self._follow_state())
                tasks.create_task(self._follow_presses())
        finally:
            await self._device.ducker.restore()

    async def _follow_state(self) -> None:
        """Show each state, and make the rest of the machine quiet when needed."""
        while True:
            state = self._device.indicator.state
            self._changed.clear()
            self._device.hardware.show(state)
            self._device.hardware.tell("state", {"state": state.value})
            ducker = self._device.ducker
            await (ducker.duck() if state in _DUCKED else ducker.restore())
            await self._changed.wait()

    async def _follow_presses(self) -> None:
        """Do what buttons ask for."""
        while True:
            press = await self._device.hardware.press()
            _LOGGER.info("pressed: %s", press)
            if press is Press.ACTION:
                await self._on_action()
            elif press is Press.MUTE:
                await self._device.settings.toggle_mute()
            else:
                await self._device.settings.change(self._wanted(press))

    def _wanted(self, press: Press) -> SatelliteSettings:
        """Return the settings that a press asks for."""
        if press in {Press.MUTE_ON, Press.MUTE_OFF}:
            return SatelliteSettings(muted=press is Press.MUTE_ON)
        before = self._device.settings.current.volume
        volume = 1.0 if before is None else before
        step = _VOLUME_STEP if press is Press.VOLUME_UP else -_VOLUME_STEP
        return SatelliteSettings(volume=round(min(1.0, max(0.0, volume + step)), 2))

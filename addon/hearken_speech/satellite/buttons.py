"""What happens when somebody presses a button of the satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import SatelliteSettings
from hearken_speech.satellite.devices.hardware import Press

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hearken_speech.satellite.device import Device

_VOLUME_STEP: Final = 0.1
_MUTES: Final = {Press.MUTE_ON: True, Press.MUTE_OFF: False}
_STEPS: Final = {Press.VOLUME_UP: _VOLUME_STEP, Press.VOLUME_DOWN: -_VOLUME_STEP}


class Buttons:
    """Carries out what buttons, and peers on the hook socket, ask for."""

    def __init__(self, device: Device, act: Callable[[], Awaitable[None]]) -> None:
        """Await ``act`` for the button that starts or stops an exchange."""
        self._device = device
        self._act = act

    async def run(self) -> None:
        """Handle presses until cancelled."""
        while True:
            await self._handle(await self._device.hardware.press())

    async def _handle(self, press: Press) -> None:
        """Handle one press."""
        settings = self._device.settings
        if press is Press.ACTION:
            await self._act()
        elif press is Press.MUTE:
            await settings.toggle_mute()
        elif press in _MUTES:
            await settings.change(SatelliteSettings(muted=_MUTES[press]))
        else:
            volume = settings.current.volume or 0.0
            volume = min(1.0, max(0.0, round(volume + _STEPS[press], 2)))
            await settings.change(SatelliteSettings(volume=volume))

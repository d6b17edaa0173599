"""Test that the hardware follows the satellite, and the satellite its buttons."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from wyoming.info import Info

from hearken_speech.protocol import PeerKind, TurnPhase, Welcome
from hearken_speech.satellite.device import Device
from hearken_speech.satellite.devices.file_microphone import FileMicrophone
from hearken_speech.satellite.devices.hardware import Press, Presses, forever
from hearken_speech.satellite.devices.speaker import NoSpeaker
from hearken_speech.satellite.indicator import SatelliteState
from hearken_speech.satellite.panel import PanelDriver
from hearken_speech.satellite.playback import SharedSpeaker


class Front:
    """Hardware that remembers what it shows, other sound, and a person's finger."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self.presses = Presses()
        self.shown: list[SatelliteState] = []
        self.told: list[Mapping[str, Any]] = []
        self.actions = 0
        self.is_ducked = False
        self.changed = asyncio.Event()

    def show(self, state: SatelliteState) -> None:
        """Remember a state."""
        self.shown.append(state)
        self.changed.set()

    def tell(self, event: str, details: Mapping[str, Any] | None = None) -> None:
        """Remember an event."""
        self.told.append({"event": event, **(details or {})})

    async def press(self) -> Press:
        """Wait for the finger."""
        return await self.presses.get()

    async def run(self) -> None:
        """Run until cancelled."""
        await forever()

    async def duck(self) -> None:
        """Turn other sound down."""
        self.is_ducked = True

    async def restore(self) -> None:
        """Turn other sound up."""
        self.is_ducked = False

    async def act(self) -> None:
        """Count the action button."""
        self.actions += 1
        self.changed.set()

    async def until_shown(self, state: SatelliteState) -> None:
        """Wait until this state is shown."""
        while not self.shown or self.shown[-1] is not state:
            self.changed.clear()
            await self.changed.wait()


@asynccontextmanager
async def _driven() -> AsyncIterator[tuple[Front, Device]]:
    """Return the hardware of a device, and the device."""
    front = Front()
    device = Device.make(
        welcome=Welcome(kind=PeerKind.SATELLITE, id="1", name="Test", version="1"),
        info=Info(),
        microphone=FileMicrophone(),
        speaker=SharedSpeaker(NoSpeaker()),
        hardware=front,
        ducker=front,
    )
    running = asyncio.create_task(PanelDriver(device, front.act).run())
    try:
        async with asyncio.timeout(20):
            yield front, device
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_states_are_shown_and_other_sound_makes_way() -> None:
    """While it listens and speaks, other programs are quiet, and not afterwards."""
    async with _driven() as (front, device):
        await front.until_shown(SatelliteState.AWAY)
        device.indicator.set_away(is_away=False)
        device.indicator.set_phase(TurnPhase.LISTENING)
        await front.until_shown(SatelliteState.LISTENING)
        await asyncio.sleep(0)
        assert front.is_ducked
        device.indicator.set_phase(TurnPhase.IDLE)
        await front.until_shown(SatelliteState.WAITING)
        await asyncio.sleep(0)
        assert not front.is_ducked
        assert front.told[-1] == {"event": "state", "state": "waiting"}
        device.indicator.set_phase(TurnPhase.RESPONDING)
        await front.until_shown(SatelliteState.SPEAKING)
    assert not front.is_ducked


async def test_buttons_change_the_satellite() -> None:
    """Mute, the switch, volume and action do what is written on them."""
    async with _driven() as (front, device):
        settings = device.settings
        changed = asyncio.Event()
        settings.listen(lambda: None, changed.set)

        async def press(press: Press) -> None:
            changed.clear()
            front.presses.put(press)
            await changed.wait()

        await press(Press.MUTE)
        assert settings.current.muted is True
        await press(Press.MUTE_OFF)
        assert settings.current.muted is False
        await press(Press.MUTE_ON)
        await press(Press.MUTE_ON)
        assert settings.current.muted is True
        await press(Press.VOLUME_DOWN)
        await press(Press.VOLUME_DOWN)
        assert settings.current.volume == 0.8
        for _ in range(4):
            await press(Press.VOLUME_UP)
        assert settings.current.volume == 1.0
        front.presses.put(Press.ACTION)
        while not front.actions:
            front.changed.clear()
            await front.changed.wait()

"""Test lights, buttons and hooks: pins and programs, without a Raspberry Pi."""

import _socket
import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from hearken_speech.satellite.devices.buttons import Buttons, Wiring
from hearken_speech.satellite.devices.hardware import (
    Hardware,
    Light,
    Part,
    Parts,
    Press,
)
from hearken_speech.satellite.devices.hooks import HookCommand, HookSocket
from hearken_speech.satellite.devices.lights import (
    PATTERNS,
    Apa102,
    Color,
    GpioLed,
    Lights,
    apa102_bytes,
)
from tests.satellite.rooms import until


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> MockFactory:
    """Return pins that tests press and read."""
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", factory)
    return factory


@asynccontextmanager
async def _running(*parts: Part) -> AsyncIterator[Hardware]:
    """Run hardware of these parts."""
    hardware = Parts(parts)
    running = asyncio.create_task(hardware.run())
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(20):
            yield hardware
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class RecordingLed:
    """An LED that remembers its colors."""

    def __init__(self) -> None:
        """Start dark."""
        self.colors: list[Color] = []
        self.changed = asyncio.Event()
        self.is_closed = False

    def set(self, color: Color) -> None:
        """Remember a color."""
        self.colors.append(color)
        self.changed.set()

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True


async def test_each_state_has_its_light() -> None:
    """A steady state is shown once; a pulsing one changes."""
    led = RecordingLed()
    async with _running(Lights(lambda: led, 0.5)) as hardware:
        for state in Light:
            led.colors.clear()
            hardware.show(state)
            pattern = PATTERNS[state]
            while len(led.colors) < (3 if pattern.pulses_hz else 1):
                led.changed.clear()
                await led.changed.wait()
            assert all(part <= 0.5 for color in led.colors for part in color)
            assert (len(set(led.colors)) > 1) == bool(pattern.pulses_hz)
    assert led.is_closed


async def test_a_missing_light_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without an SPI bus, the log says so, and everything else runs."""
    lights = Lights(lambda: Apa102(3, tmp_path / "spidev0.0"), 1.0)
    async with _running(lights) as hardware:
        hardware.show(Light.LISTENING)
        await asyncio.sleep(0)
    assert "no lights: " in caplog.text


def test_the_leds_of_a_hat(tmp_path: Path) -> None:
    """A start frame, one frame per LED with blue first, and an end frame."""
    assert apa102_bytes((1.0, 0.0, 0.2), 3) == bytes.fromhex(
        "00000000 ff3300ff ff3300ff ff3300ff 00000000"
    )
    bus = tmp_path / "spi"
    bus.touch()
    led = Apa102(1, bus)
    led.set((0.0, 1.0, 0.0))
    led.close()
    dark = apa102_bytes((0.0, 0.0, 0.0), 1)
    assert bus.read_bytes() == apa102_bytes((0.0, 1.0, 0.0), 1) + dark


def test_leds_at_pins(pins: MockFactory) -> None:
    """One LED shows how bright the color is; three show the color."""
    single = GpioLed((17,))
    single.set((0.0, 0.25, 0.5))
    assert pins.pin(17).state == pytest.approx(0.5)
    single.close()
    colored = GpioLed((22, 23, 24))
    colored.set((1.0, 0.25, 0.0))
    states = [pins.pin(number).state for number in (22, 23, 24)]
    assert states == pytest.approx([1.0, 0.25, 0.0])
    colored.close()


async def test_buttons_and_a_mute_switch(pins: MockFactory) -> None:
    """A button reports its press; the switch reports both positions."""
    wirings = [Wiring.parse("action:17"), Wiring.parse("mute_switch:5")]
    async with _running(Buttons(wirings)) as hardware:
        await until(lambda: pins.pin(5).when_changed is not None)
        pins.pin(5).drive_low()
        assert await hardware.press() is Press.MUTE_ON
        pins.pin(17).drive_low()
        assert await hardware.press() is Press.ACTION
        pins.pin(5).drive_high()
        assert await hardware.press() is Press.MUTE_OFF


async def test_a_command_gets_each_event(tmp_path: Path) -> None:
    """The event is its argument, the details are its input; a broken one is logged."""
    script = tmp_path / "hook"
    script.write_text(f'#!/bin/sh\ncd "{tmp_path}"\ncat > "$1.new"\nmv "$1.new" "$1"\n')
    script.chmod(0o755)
    async with _running(HookCommand(str(script)), HookCommand("/nowhere")) as hardware:
        hardware.tell("state", {"state": "listening"})
        await until((tmp_path / "state").exists)
    assert json.loads((tmp_path / "state").read_text()) == {"state": "listening"}


async def test_who_leaves_at_once_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may press a button and leave without reading anything."""
    monkeypatch.setattr(socket.socket, "connect", _socket.socket.connect)
    path = tmp_path / "events"
    async with _running(HookSocket(path)) as hardware:
        hardware.tell("state", {"state": "waiting"})
        await until(path.exists)
        for word in (Press.MUTE, Press.ACTION):
            # All of it happens before the socket is served.
            with socket.socket(socket.AF_UNIX) as program:
                program.connect(str(path))
                program.sendall(f"{word}\n".encode())
        assert await hardware.press() is Press.MUTE
        assert await hardware.press() is Press.ACTION


async def test_the_socket_tells_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs get the last state and every event, and may press buttons."""
    # The guard against connections to other machines refuses local sockets, too.
    monkeypatch.setattr(socket.socket, "connect", _socket.socket.connect)
    path = tmp_path / "run" / "events"
    async with _running(HookSocket(path)) as hardware:
        hardware.tell("state", {"state": "waiting"})
        await until(path.exists)
        reader, writer = await asyncio.open_unix_connection(path)
        assert json.loads(await reader.readline())["state"] == "waiting"
        hardware.tell("state", {"state": "muted"})
        assert json.loads(await reader.readline())["state"] == "muted"
        writer.write(b"dance\nvolume_up\n")
        assert await hardware.press() is Press.VOLUME_UP
        assert "'dance'" in caplog.text
        assert path.stat().st_mode & 0o007 == 0
        writer.close()
    assert not path.exists()

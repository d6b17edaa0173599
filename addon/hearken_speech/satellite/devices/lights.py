"""Lights: one LED, a colored one, or the row of a microphone HAT."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, override

from .hardware import Light
from .quiet import QuietPart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .hardware import Presses

_LOGGER = logging.getLogger(__name__)

_STEP_SECONDS: Final = 0.05
_SPI_SPEED_HZ: Final = 4_000_000
_SET_SPI_SPEED: Final = 0x40046B04
MAX_LEDS: Final = 64

type Color = tuple[float, float, float]
"""Red, green and blue, each 0 to 1."""


class LightError(Exception):
    """The light cannot be used."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a state looks: its color, and how often a second it pulses."""

    color: Color
    pulses_hz: float = 0.0

    def brightness(self, seconds: float) -> float:
        """Return the brightness, 0 to 1, at this time of the pattern."""
        if not self.pulses_hz:
            return 1.0
        phase = seconds * self.pulses_hz % 1.0
        return 0.1 + 0.9 * (1 - abs(2 * phase - 1))


PATTERNS: Final = {
    Light.WAITING: Pattern((0.0, 0.0, 0.0)),
    Light.LISTENING: Pattern((0.0, 0.3, 1.0)),
    Light.THINKING: Pattern((0.0, 0.3, 1.0), 1.5),
    Light.SPEAKING: Pattern((0.0, 1.0, 0.4)),
    Light.MUTED: Pattern((0.6, 0.0, 0.0)),
    Light.AWAY: Pattern((1.0, 0.4, 0.0), 0.3),
    Light.TIMER: Pattern((1.0, 1.0, 1.0), 2.0),
}


class Led(Protocol):
    """Something that lights up in a color."""

    def set(self, color: Color) -> None:
        """Light up; black is off. Raise LightError or OSError if it fails."""

    def close(self) -> None:
        """Turn it off and give it back."""


class Lights(QuietPart):
    """Shows the state of the satellite on an LED."""

    def __init__(self, open_led: Callable[[], Led], brightness: float) -> None:
        """Show it on the LED that this opens, which is not brighter than this."""
        self._open = open_led
        self._brightness = brightness
        self._pattern = PATTERNS[Light.AWAY]
        self._changed = asyncio.Event()

    @override
    def show(self, light: Light) -> None:
        """Show a state."""
        self._pattern = PATTERNS[light]
        self._changed.set()

    @override
    async def run(self, presses: Presses) -> None:
        """Drive the LED until cancelled; log why it stays dark if it cannot be used."""
        try:
            led = self._open()
        except (LightError, OSError) as err:
            _LOGGER.warning("no lights: %s", err)
            return
        try:
            await self._drive(led)
        except (LightError, OSError) as err:
            _LOGGER.warning("the lights stopped: %s", err)
        finally:
            led.close()

    async def _drive(self, led: Led) -> None:
        """Light up as the pattern says; a steady one needs no work."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            pattern, started = self._pattern, loop.time()
            while pattern is self._pattern:
                level = pattern.brightness(loop.time() - started) * self._brightness
                red, green, blue = pattern.color
                led.set((red * level, green * level, blue * level))
                if not pattern.pulses_hz:
                    await self._changed.wait()
                    break
                await asyncio.sleep(_STEP_SECONDS)


class Apa102:
    """A row of APA102 or SK9822 LEDs on the SPI bus, as microphone HATs have it."""

    def __init__(self, count: int, path: Path) -> None:
        """Open the bus; raise OSError if there is none."""
        self._count = count
        self._bus = os.open(path, os.O_WRONLY)
        try:
            # The usual speed of the bus is far above what these LEDs understand.
            fcntl.ioctl(self._bus, _SET_SPI_SPEED, struct.pack("I", _SPI_SPEED_HZ))
        except OSError as err:
            _LOGGER.debug("the speed of %s stays as it is: %s", path, err)

    def set(self, color: Color) -> None:
        """Light up all of them."""
        os.write(self._bus, apa102_bytes(color, self._count))

    def close(self) -> None:
        """Turn them off."""
        try:
            self.set((0.0, 0.0, 0.0))
        finally:
            os.close(self._bus)


def apa102_bytes(color: Color, count: int) -> bytes:
    """Return what makes a row of LEDs light up in one color.

    A start of 32 zeros, then one frame per LED: three ones, five bits of brightness,
    and blue, green and red. The clock has to run on for half a bit per LED.
    """
    red, green, blue = (round(255 * part) for part in color)
    end = bytes(4 + count // 16)
    return bytes(4) + bytes((0xFF, blue, green, red)) * count + end


class GpioLed:
    """One LED, or a colored one, at pins of the Raspberry Pi."""

    def __init__(self, pins: tuple[int, ...]) -> None:
        """Open the pins; raise LightError if that is not possible."""
        try:
            from gpiozero import LED, PWMLED, RGBLED  # noqa: PLC0415 - optional
            from gpiozero.exc import GPIOZeroError  # noqa: PLC0415 - optional
        except ImportError as err:
            msg = "LEDs need Debian's python3-gpiozero and python3-lgpio"
            raise LightError(msg) from err
        try:
            self._led: Any = (
                RGBLED(*pins) if len(pins) > 1 else _single(PWMLED, LED, pins[0])
            )
        except (GPIOZeroError, ImportError, OSError, ValueError) as err:
            msg = f"pins {', '.join(map(str, pins))} cannot be used: {err}"
            raise LightError(msg) from err
        self._is_colored = len(pins) > 1

    def set(self, color: Color) -> None:
        """Light up."""
        self._led.value = color if self._is_colored else max(color)

    def close(self) -> None:
        """Turn it off and give the pins back."""
        self._led.close()


def _single(dimmable: Any, plain: Any, pin: int) -> Any:
    """Return an LED at a pin, one that can be dimmed where that is possible."""
    from gpiozero.exc import PinPWMUnsupported  # noqa: PLC0415 - optional

    try:
        return dimmable(pin)
    except PinPWMUnsupported:
        return plain(pin)

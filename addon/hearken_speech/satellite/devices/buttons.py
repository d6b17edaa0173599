"""Buttons and a mute switch at pins of the Raspberry Pi."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from hearken_speech.errors import HearkenError

from .hardware import Press, forever
from .quiet import QuietPart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .hardware import Presses

_LOGGER = logging.getLogger(__name__)

MUTE_SWITCH: Final = "mute_switch"
_BUTTONS: Final = (Press.ACTION, Press.MUTE, Press.VOLUME_UP, Press.VOLUME_DOWN)
_BOUNCE_SECONDS: Final = 0.05
_MAX_PIN: Final = 27


class ButtonError(HearkenError):
    """The options describe a button that cannot exist."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What is at a pin: a button, or the switch that mutes while it is closed."""

    on_press: Press
    on_release: Press | None
    pin: int

    @staticmethod
    def parse(text: str) -> Wiring:
        """Read ``KIND:PIN``; raise ButtonError if it is something else."""
        kind, _, pin = text.partition(":")
        if pin.isdecimal() and int(pin) <= _MAX_PIN:
            if kind == MUTE_SWITCH:
                return Wiring(Press.MUTE_ON, Press.MUTE_OFF, int(pin))
            if kind in _BUTTONS:
                return Wiring(Press(kind), None, int(pin))
        kinds = ", ".join((*_BUTTONS, MUTE_SWITCH))
        msg = f"no button {text!r}: use KIND:PIN with a GPIO number and one of {kinds}"
        raise ButtonError(msg)


class Buttons(QuietPart):
    """Buttons that connect their pins to ground."""

    def __init__(self, wirings: Sequence[Wiring]) -> None:
        """Use buttons that are wired like this."""
        self._wirings = wirings

    @override
    async def run(self, presses: Presses) -> None:
        """Report presses until cancelled; log why there are none if that fails."""
        try:
            from gpiozero import Button  # noqa: PLC0415 - optional
            from gpiozero.exc import GPIOZeroError  # noqa: PLC0415 - optional
        except ImportError:
            _LOGGER.warning(
                "no buttons: install Debian's python3-gpiozero and python3-lgpio"
            )
            return
        opened: list[Any] = []
        loop = asyncio.get_running_loop()
        try:
            for wiring in self._wirings:
                button = Button(wiring.pin, bounce_time=_BOUNCE_SECONDS)
                opened.append(button)
                button.when_pressed = _reporter(loop, presses, wiring.on_press)
                if wiring.on_release is not None:
                    button.when_released = _reporter(loop, presses, wiring.on_release)
                    # The switch may be closed when the satellite starts.
                    if button.is_pressed:
                        presses.put(wiring.on_press)
            await forever()
        except (GPIOZeroError, ImportError, OSError, ValueError) as err:
            _LOGGER.warning("no buttons: %s", err)
        finally:
            for button in opened:
                button.close()


def _reporter(
    loop: asyncio.AbstractEventLoop, presses: Presses, press: Press
) -> Callable[[], None]:
    """Return what a button calls, on a thread of its library."""

    def report() -> None:
        loop.call_soon_threadsafe(presses.put, press)

    return report

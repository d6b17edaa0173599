"""A satellite without Home Assistant: it says why it does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from hearken_speech.audio.level import factor_of_gain
from hearken_speech.errors import HearkenError
from hearken_speech.satellite.detector import WakeListening
from hearken_speech.satellite.tones import Trouble, trouble_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.satellite.detector import WakeDetector
    from hearken_speech.satellite.device import Device

_LOGGER = logging.getLogger(__name__)

_RETRY_SECONDS = 5.0


class AwayWatch:
    """Answers wake words and the button with a tone while no Home Assistant does."""

    def __init__(self, device: Device, trouble: Callable[[], Trouble]) -> None:
        """Start with Home Assistant away."""
        self._device = device
        self._trouble = trouble
        self._is_wanted = asyncio.Event()
        self._is_wanted.set()
        self._is_closed = asyncio.Event()
        self._is_closed.set()
        self._is_pressed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def press(self) -> None:
        """Handle the button as if it were a wake word."""
        self._is_pressed.set()

    async def yield_microphone(self) -> None:
        """Close the microphone: Home Assistant is there."""
        self._is_wanted.clear()
        if self._watching is not None:
            self._watching.cancel()
        await self._is_closed.wait()

    def resume(self) -> None:
        """Listen again: Home Assistant is away."""
        self._is_wanted.set()

    async def run(self) -> None:
        """Listen whenever nobody else does, until cancelled."""
        detector = self._device.detector
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_presses())
            while detector is not None:
                await self._is_wanted.wait()
                self._is_closed.clear()
                self._watching = tasks.create_task(self._watch(detector))
                await asyncio.wait({self._watching})
                self._watching = None
                self._is_closed.set()

    async def _follow_presses(self) -> None:
        """Answer to the button."""
        while True:
            await self._is_pressed.wait()
            self._is_pressed.clear()
            if self._is_wanted.is_set():
                await self._say_trouble("the button")

    async def _watch(self, detector: WakeDetector) -> None:
        """Listen until cancelled, or muted for a moment."""
        changed = asyncio.Event()
        forget = self._device.settings.listen(changed.set, lambda: None)
        try:
            if self._device.settings.current.muted:
                await changed.wait()
                return
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen(detector))
                await changed.wait()
                listening.cancel()
        except* HearkenError as group:
            _LOGGER.error("not listening: %s", group.exceptions[0])  # noqa: TRY400 - for users
            await asyncio.sleep(_RETRY_SECONDS)
        finally:
            forget()

    async def _listen(self, detector: WakeDetector) -> None:
        """Answer to wake words."""
        settings = self._device.settings.current
        listening = WakeListening(detector, settings)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._answer(listening))
                async with contextlib.aclosing(
                    self._device.microphone.frames()
                ) as frames:
                    async for frame in frames:
                        gain = factor_of_gain(settings.gain_db or 0.0)
                        listening.add(frame.amplified(gain))
        finally:
            listening.close()

    async def _answer(self, listening: WakeListening) -> None:
        """Stop what rings, or else say what is wrong."""
        while True:
            detected = await listening.detection()
            if self._device.timers.stop_ringing():
                continue
            if detected.word in listening.stop_words:
                continue
            await self._say_trouble(detected.word)

    async def _say_trouble(self, heard: str) -> None:
        """Say why nobody answers to what was heard."""
        trouble = self._trouble()
        _LOGGER.warning("heard %s, but %s", heard, trouble)
        tone = self._device.settings.at_volume(trouble_tone(trouble))
        with contextlib.suppress(HearkenError):
            await self._device.speaker.play(tone)

"""What the microphone of one connection hears, and how much of it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.level import factor_of_gain
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.detector import WakeListening
from hearken_speech.satellite.envelope import Envelope
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate
from hearken_speech.satellite.notch import NotchFilter
from hearken_speech.satellite.tones import WAKE_NOTES_HZ

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Eventable

    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.detector import WakeDetector
    from hearken_speech.satellite.device import Device
    from hearken_speech.satellite.devices.microphone import Frame
    from hearken_speech.wake.events import Detected

    type Events = Callable[[], list[Eventable]]
    """Returns what is to be sent, once nothing else is being sent."""

_LOGGER = logging.getLogger(__name__)

# Longer than any pipeline listens: by then Home Assistant has forgotten the command.
_MAX_COMMAND_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
_ECHO_SECONDS: Final = 0.5
"""How long the wake sound may be heard after it was played: buffers, and the room."""


class Capture:
    """Streams the microphone, all of it or what follows a wake word."""

    def __init__(
        self,
        device: Device,
        send: Callable[[Events], Awaitable[None]],
        on_word: Callable[[Detected], Awaitable[None]],
        on_forgotten: Callable[[], Awaitable[None]],
    ) -> None:
        """Start with a closed microphone."""
        self._device = device
        self._send = send
        self._on_word = on_word
        self._on_forgotten = on_forgotten
        self._gate = Gate()
        self._envelope = Envelope()
        self._task: asyncio.Task[None] | None = None
        self._listening: WakeListening | None = None
        self._notch: NotchFilter | None = None
        self._notch_until = 0.0

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Open the microphone if it is closed."""
        if self._task is None or self._task.done():
            detector = self._device.detector
            self._gate, self._envelope = Gate(), Envelope()
            _LOGGER.info("microphone open")
            listen = (
                self._listen() if detector is None else self._listen_for_words(detector)
            )
            self._task = tasks.create_task(listen)

    def close(self) -> None:
        """Close the microphone."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def stream(self, detected: Detected | None) -> None:
        """Let sound out, from the wake word on if there was one.

        Where its end is not clear, speech-to-text needs the sound of the word as well.
        """
        begin = None
        if detected is not None:
            pre_roll = detected.position_samples - PRE_ROLL_SAMPLES
            begin = min(pre_roll, detected.begin_samples)
        await self._send(partial(self._gate.open, begin))

    async def hold(self) -> None:
        """Let no more sound out."""
        await self._send(self._gate.close)

    def follow_settings(self) -> None:
        """Listen for the words of the settings from now on."""
        if self._listening is not None:
            self._listening.update(self._device.settings.current)

    def expect_wake_sound(self, samples: Samples) -> None:
        """Remove the wake sound, which is about to be played, from what is heard."""
        self._notch = NotchFilter(WAKE_NOTES_HZ)
        seconds = len(samples) / SAMPLE_RATE_HZ
        self._notch_until = time.monotonic() + seconds + _ECHO_SECONDS

    @property
    def envelope(self) -> Envelope:
        """Return how loud it has been, as recorded."""
        return self._envelope

    async def _listen(self) -> None:
        """Stream the microphone."""
        gate = self._gate
        await self._send(gate.open)
        async with contextlib.aclosing(self._device.microphone.frames()) as frames:
            async for frame in frames:
                sent = self._enhanced(self._heard(frame))
                await self._send(partial(gate.push, sent))
        await self._send(gate.close)

    async def _listen_for_words(self, detector: WakeDetector) -> None:
        """Listen for wake words and stream only what follows one."""
        listening = WakeListening(detector, self._device.settings.current)
        self._listening = listening
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_words(listening))
                async with contextlib.aclosing(
                    self._device.microphone.frames()
                ) as frames:
                    async for recorded in frames:
                        frame = self._heard(recorded)
                        listening.add(frame)
                        sent = self._enhanced(frame)
                        await self._send(partial(self._gate.push, sent))
                        if self._gate.open_samples > _MAX_COMMAND_SAMPLES:
                            await self._on_forgotten()
        finally:
            self._listening = None
            listening.close()

    async def _follow_words(self, listening: WakeListening) -> None:
        """Report wake words."""
        while True:
            await self._on_word(await listening.detection())

    def _heard(self, recorded: Frame) -> Frame:
        """Return a frame with the gain of the settings, and without the wake sound."""
        # Satellites of one house compare their levels, so those are before the gain.
        self._envelope.add(recorded)
        gain_db = self._device.settings.current.gain_db
        frame = recorded.amplified(factor_of_gain(gain_db or 0.0))
        if self._notch is None:
            return frame
        if time.monotonic() > self._notch_until:
            self._notch = None
            return frame
        return replace(frame, samples=self._notch.process(frame.samples))

    def _enhanced(self, frame: Frame) -> Frame:
        """Return a frame as it is sent; wake words on the device are heard without."""
        return replace(frame, samples=self._device.enhancer.process(frame.samples))

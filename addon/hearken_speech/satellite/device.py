"""The parts of a satellite that its connections share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import HearkenError
from hearken_speech.satellite.devices.ducking import NoDucker
from hearken_speech.satellite.devices.enhancer import NoEnhancer
from hearken_speech.satellite.devices.hardware import NoHardware
from hearken_speech.satellite.indicator import Indicator
from hearken_speech.satellite.media import MediaPlayer
from hearken_speech.satellite.settings import SettingsKeeper
from hearken_speech.satellite.timers import TimerKeeper
from hearken_speech.satellite.tones import Trouble, ring_tone, trouble_tone

if TYPE_CHECKING:
    from pathlib import Path

    from wyoming.info import Info

    from hearken_speech.protocol import SatelliteSettings, Welcome
    from hearken_speech.satellite.detector import WakeDetector
    from hearken_speech.satellite.devices.ducking import Ducker
    from hearken_speech.satellite.devices.enhancer import Enhancer
    from hearken_speech.satellite.devices.hardware import Hardware
    from hearken_speech.satellite.devices.microphone import Microphone
    from hearken_speech.satellite.playback import SharedSpeaker

_LOGGER = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
"""How soon it is noticed that the microphone is gone, or back."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a link needs of its satellite."""

    welcome: Welcome
    info: Info
    microphone: Microphone
    speaker: SharedSpeaker
    timers: TimerKeeper
    media: MediaPlayer
    settings: SettingsKeeper = field(default_factory=SettingsKeeper)
    detector: WakeDetector | None = None
    """Detects wake words on the device; None where Home Assistant does it."""
    indicator: Indicator = field(default_factory=Indicator)
    hardware: Hardware = field(default_factory=NoHardware)
    enhancer: Enhancer = field(default_factory=NoEnhancer)
    ducker: Ducker = field(default_factory=NoDucker)

    @staticmethod
    def make(  # noqa: PLR0913 - each part once
        *,
        welcome: Welcome,
        info: Info,
        microphone: Microphone,
        speaker: SharedSpeaker,
        settings: SettingsKeeper | None = None,
        detector: WakeDetector | None = None,
        timers_path: Path | None = None,
        hardware: Hardware | None = None,
        enhancer: Enhancer | None = None,
        ducker: Ducker | None = None,
    ) -> Device:
        """Return a device with the parts that follow from the others."""
        settings = settings or SettingsKeeper()

        async def ring() -> None:
            await speaker.play(settings.at_volume(ring_tone()))

        return Device(
            welcome=welcome,
            info=info,
            microphone=microphone,
            speaker=speaker,
            timers=TimerKeeper(ring, timers_path),
            media=MediaPlayer(speaker, settings),
            settings=settings,
            detector=detector,
            hardware=hardware or NoHardware(),
            enhancer=enhancer or NoEnhancer(),
            ducker=ducker or NoDucker(),
        )

    def introduction(self) -> Welcome:
        """Return the welcome with the current settings."""
        return replace(self.welcome, settings=self.report())

    def report(self) -> SatelliteSettings:
        """Return all settings, including default thresholds."""
        settings = self.settings.current
        if self.detector is None:
            return settings
        usual = dict.fromkeys(
            settings.wake_words or (), self.detector.sensitivity.threshold
        )
        return replace(settings, thresholds={**usual, **(settings.thresholds or {})})

    def description(self) -> Info:
        """Return what the satellite can do and the active wake words."""
        words = self.settings.current.wake_words
        if self.info.satellite is None or words is None:
            return self.info
        satellite = replace(self.info.satellite, active_wake_words=list(words))
        return replace(self.info, satellite=satellite)

    async def run(self) -> None:
        """Keep timers, play media and drive the hardware until cancelled."""
        changed = asyncio.Event()
        self.indicator.listen(self.hardware.show)
        self.indicator.listen(lambda _: changed.set())
        forgets = [
            self.timers.listen(self._show),
            self.settings.listen(self._show, lambda: None),
        ]
        self._show()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.timers.run())
                tasks.create_task(self.media.run())
                tasks.create_task(self.hardware.run())
                tasks.create_task(self._duck(changed))
                tasks.create_task(self._watch_microphone())
        finally:
            for forget in forgets:
                forget()

    def _show(self) -> None:
        """Show mute and ringing."""
        self.indicator.set_muted(is_muted=self.settings.current.muted is True)
        self.indicator.set_ringing(is_ringing=self.timers.is_ringing)

    async def _duck(self, changed: asyncio.Event) -> None:
        """Turn other programs down while someone is heard or answered."""
        try:
            while True:
                await changed.wait()
                changed.clear()
                if self.indicator.is_busy:
                    await self.ducker.duck()
                else:
                    await self.ducker.restore()
        finally:
            await self.ducker.restore()

    async def _watch_microphone(self) -> None:
        """Show, and say once, that the microphone is gone."""
        is_gone = False
        while True:
            was_gone, is_gone = is_gone, self.microphone.trouble is not None
            self.indicator.set_deaf(is_deaf=is_gone)
            if is_gone and not was_gone:
                _LOGGER.error("deaf: %s", self.microphone.trouble)
                tone = self.settings.at_volume(trouble_tone(Trouble.NO_MICROPHONE))
                with contextlib.suppress(HearkenError):
                    await self.speaker.play(tone)
            await asyncio.sleep(_LOOK_SECONDS)

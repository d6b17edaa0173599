"""The parts of a satellite that its connections share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hearken_speech.satellite.devices.ducking import Ducker, NoDucker
from hearken_speech.satellite.devices.enhancer import Enhancer, NoEnhancer
from hearken_speech.satellite.devices.hardware import Hardware, NoHardware
from hearken_speech.satellite.indicator import Indicator
from hearken_speech.satellite.media import MediaPlayer
from hearken_speech.satellite.settings import SettingsKeeper
from hearken_speech.satellite.timers import TimerKeeper
from hearken_speech.satellite.tones import ring_tone

if TYPE_CHECKING:
    from pathlib import Path

    from wyoming.info import Info

    from hearken_speech.protocol import SatelliteSettings, Welcome
    from hearken_speech.satellite.detector import WakeDetector
    from hearken_speech.satellite.devices.microphone import Microphone
    from hearken_speech.satellite.playback import SharedSpeaker


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
        """Keep timers and play media until cancelled."""
        indicator, settings, timers = self.indicator, self.settings, self.timers

        def show() -> None:
            indicator.set_muted(is_muted=settings.current.muted is True)
            indicator.set_ringing(is_ringing=timers.is_ringing)

        forgets = [timers.listen(show), settings.listen(show, lambda: None)]
        show()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(timers.run())
                tasks.create_task(self.media.run())
        finally:
            for forget in forgets:
                forget()

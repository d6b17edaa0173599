"""One connection from Home Assistant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played

from hearken_speech import wire
from hearken_speech.audio.level import factor_of_gain
from hearken_speech.errors import AudioError, HearkenError
from hearken_speech.protocol import (
    SAMPLE_RATE_HZ,
    Hello,
    SatelliteSettings,
    Turn,
    Welcome,
)
from hearken_speech.satellite.detector import WakeDetector, WakeListening
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate
from hearken_speech.satellite.playback import Player, SharedSpeaker
from hearken_speech.satellite.settings import SettingsKeeper
from hearken_speech.satellite.sound import Sound, SoundReceiver
from hearken_speech.satellite.tones import error_tone
from hearken_speech.satellite.turn import (
    Action,
    Await,
    Hold,
    Mute,
    Play,
    SatelliteTurn,
    Stream,
)
from hearken_speech.wake import messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event, Eventable
    from wyoming.info import Info

    from hearken_speech.satellite.devices.microphone import Frame, Microphone
    from hearken_speech.wake.events import Detected

_LOGGER = logging.getLogger(__name__)

# Home Assistant pings every few seconds; a link this quiet is a cut cable.
_SILENCE_LIMIT_SECONDS: Final = 30.0
# Longer than any pipeline listens: by then Home Assistant has forgotten the command.
_MAX_COMMAND_SAMPLES: Final = 30 * SAMPLE_RATE_HZ


class LinkRefusedError(HearkenError):
    """Another Home Assistant has the microphone."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a link needs of its satellite."""

    welcome: Welcome
    info: Info
    microphone: Microphone
    speaker: SharedSpeaker
    settings: SettingsKeeper = field(default_factory=SettingsKeeper)
    detector: WakeDetector | None = None
    """Detects wake words on the device; None where Home Assistant does it."""

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


class Link:
    """Serves one connection, with microphone and speaker once it listens."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        device: Device,
        claim: Callable[[], Awaitable[None]],
        meet: Callable[[Hello], Awaitable[str | None]] | None = None,
    ) -> None:
        """Serve Home Assistant at the other end of these streams.

        ``claim`` is awaited before the microphone is opened; it raises
        LinkRefusedError to end the link instead. ``meet`` returns where the
        Home Assistant is that the satellite belongs to, if it is another one.
        """
        self._events = wire.EventReader(reader)
        self._writer = writer
        self._device = device
        self._claim = claim
        self._meet = meet
        self._turn = SatelliteTurn(
            hears_wake_words=device.detector is not None,
            is_muted=device.settings.current.muted is True,
        )
        self._gate = Gate()
        self._detection: Detected | None = None
        self._sending = asyncio.Lock()
        self.heard_seconds = time.monotonic()
        """Time of the last event, by ``time.monotonic``."""
        self._player = Player(device.speaker, device.settings, self._played)
        self._receiver = SoundReceiver()
        self._microphone: asyncio.Task[None] | None = None
        self._wake_listening: WakeListening | None = None
        self._is_greeted = False
        self._settings_changed = asyncio.Event()
        self._settings_kept = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "hearken-hello": self._hello,
            "hearken-turn": self._turned,
            "hearken-settings": self._change_settings,
            "hearken-stop": self._stop,
            "ping": self._ping,
            "run-satellite": self._run_satellite,
            "pause-satellite": self._pause_satellite,
            "audio-start": self._audio_start,
            "audio-chunk": self._audio_chunk,
            "audio-stop": self._audio_stop,
            "detection": self._log_event,
            "transcript": self._log_event,
            "synthesize": self._log_event,
            "error": self._log_event,
        }

    async def run(self) -> None:
        """Serve until the connection ends."""
        forget = self._device.settings.listen(
            self._settings_changed.set, self._settings_kept.set
        )
        try:
            async with asyncio.TaskGroup() as self._tasks:
                helpers = [
                    self._tasks.create_task(self._player.run()),
                    self._tasks.create_task(self._follow_settings()),
                    self._tasks.create_task(self._report_settings()),
                ]
                await self._serve()
                for helper in helpers:
                    helper.cancel()
                self._close_microphone()
        except* LinkRefusedError:
            _LOGGER.debug("link refused")
        except* wire.WireError as group:
            _LOGGER.warning("link closed: %s", group.exceptions[0])
        except* OSError:
            # TLS and a network that is down raise others than ConnectionError.
            _LOGGER.info("link lost")
        finally:
            forget()

    async def _serve(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_SILENCE_LIMIT_SECONDS):
                    event = await self._events.read()
            except TimeoutError:
                _LOGGER.warning("Home Assistant is silent; link closed")
                return
            if event is None:
                return
            self.heard_seconds = time.monotonic()
            if handler := self._handlers.get(event.type):
                try:
                    await handler(event)
                except (AudioError, KeyError, TypeError, ValueError) as err:
                    _LOGGER.warning("ignored a wrong %s event: %s", event.type, err)

    async def _send(self, event: Eventable) -> None:
        async with self._sending:
            await wire.write_event(self._writer, event.event())

    async def _act(self, actions: list[Action]) -> None:
        """Carry out the actions of the turn."""
        for action in actions:
            if isinstance(action, Stream):
                await self._stream(action.start)
            elif isinstance(action, Await | Hold):
                await self._shut(reopen=isinstance(action, Await))
            elif isinstance(action, Mute):
                await self._send_all(self._gate.close)
                self._close_microphone()
            elif isinstance(action, Play):
                await self._player.put(action.sound, is_answer=True)
            else:
                await self._player.put(Sound.of(error_tone()), is_answer=False)

    # Events from Home Assistant

    async def _describe(self, _event: Event) -> None:
        await self._send(self._device.description())

    async def _hello(self, event: Event) -> None:
        hello = Hello.from_event(event)
        self._is_greeted = True
        taken_by = await self._meet(hello) if self._meet else None
        await self._send(replace(self._device.introduction(), taken_by=taken_by))

    async def _change_settings(self, event: Event) -> None:
        await self._device.settings.change(SatelliteSettings.from_event(event))

    async def _follow_settings(self) -> None:
        """Apply settings whenever they change."""
        while True:
            await self._settings_changed.wait()
            self._settings_changed.clear()
            settings = self._device.settings.current
            await self._act(
                self._turn.mute() if settings.muted else self._turn.unmute()
            )
            if self._wake_listening is not None:
                self._wake_listening.update(settings)

    async def _report_settings(self) -> None:
        """Report settings to Home Assistant once they are stored."""
        while True:
            await self._settings_kept.wait()
            self._settings_kept.clear()
            if self._is_greeted:
                await self._send(self._device.report())

    async def _ping(self, event: Event) -> None:
        await self._send(Pong(text=Ping.from_event(event).text))

    async def _run_satellite(self, _event: Event) -> None:
        await self._claim()
        _LOGGER.info("Home Assistant listens")
        await self._act(self._turn.run())

    async def _pause_satellite(self, _event: Event) -> None:
        await self._act(self._turn.pause())

    async def _turned(self, event: Event) -> None:
        turn = Turn.from_event(event)
        _LOGGER.info("turn: %s%s", turn.phase, f" ({turn.error})" if turn.error else "")
        await self._act(self._turn.turned(turn))

    async def _log_event(self, event: Event) -> None:
        said = event.data.get("name") or event.data.get("text") or ""
        _LOGGER.info("%s: %s", event.type, str(said)[:500])

    # Sound to be played

    async def _audio_start(self, event: Event) -> None:
        sound = await self._receiver.begin(event)
        await self._act(self._turn.answer(sound))

    async def _audio_chunk(self, event: Event) -> None:
        await self._receiver.add(event)

    async def _audio_stop(self, _event: Event) -> None:
        await self._receiver.end()

    async def _stop(self, _event: Event) -> None:
        _LOGGER.info("stopped")
        self._receiver.forget()
        self._player.stop()
        await self._act(self._turn.silenced())

    async def _played(self) -> None:
        """Tell Home Assistant that a sound has been heard, and go on."""
        await self._send(Played())
        await self._act(self._turn.played())

    # Sound from the microphone

    async def _stream(self, start: PipelineStage) -> None:
        """Request a pipeline run and open the microphone if it is closed."""
        await self._send(
            RunPipeline(
                start_stage=start,
                end_stage=PipelineStage.TTS,
                restart_on_end=start is PipelineStage.WAKE,
            )
        )
        self._open_microphone()
        if self._device.detector is not None:
            detected, self._detection = self._detection, None
            begin = detected.position_samples - PRE_ROLL_SAMPLES if detected else None
            await self._send_all(partial(self._gate.open, begin))

    async def _shut(self, *, reopen: bool) -> None:
        """Send no more sound; listen for the wake word if ``reopen``."""
        await self._send_all(self._gate.close)
        if reopen:
            self._open_microphone()

    def _open_microphone(self) -> None:
        if self._microphone is None or self._microphone.done():
            assert self._tasks is not None  # noqa: S101 - set while events come
            detector = self._device.detector
            self._gate = Gate()
            _LOGGER.info("microphone open")
            listen = (
                self._listen() if detector is None else self._listen_for_words(detector)
            )
            self._microphone = self._tasks.create_task(listen)

    def _close_microphone(self) -> None:
        if self._microphone is not None:
            self._microphone.cancel()
            self._microphone = None

    async def _listen(self) -> None:
        """Stream the microphone."""
        gate = self._gate
        await self._send_all(gate.open)
        async with contextlib.aclosing(self._device.microphone.frames()) as frames:
            async for frame in frames:
                await self._send_all(partial(gate.push, self._amplified(frame)))
        await self._send_all(gate.close)

    async def _send_all(self, events: Callable[[], list[Eventable]]) -> None:
        """Send the events of the gate without others in between."""
        async with self._sending:
            for event in events():
                await wire.write_event(self._writer, event.event())

    async def _listen_for_words(self, detector: WakeDetector) -> None:
        """Listen for wake words and stream only what follows one."""
        listening = WakeListening(detector, self._device.settings.current)
        self._wake_listening = listening
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._react(listening))
                async with contextlib.aclosing(
                    self._device.microphone.frames()
                ) as frames:
                    async for recorded in frames:
                        frame = self._amplified(recorded)
                        listening.add(frame)
                        await self._send_all(partial(self._gate.push, frame))
                        if self._gate.open_samples > _MAX_COMMAND_SAMPLES:
                            await self._act(self._turn.forgotten())
        finally:
            self._wake_listening = None
            listening.close()

    def _amplified(self, frame: Frame) -> Frame:
        """Return a frame with the gain of the settings."""
        gain_db = self._device.settings.current.gain_db
        return frame.amplified(factor_of_gain(gain_db or 0.0))

    async def _react(self, listening: WakeListening) -> None:
        """Tell Home Assistant about wake words."""
        while True:
            detected = await listening.detection()
            actions = self._turn.heard()
            if actions:
                _LOGGER.info("heard %s (%.2f)", detected.word, detected.score)
                self._detection = detected
                await self._send(messages.detection(detected))
                await self._act(actions)

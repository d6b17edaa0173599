"""One connection from Home Assistant."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wyoming.ping import Ping, Pong

from hearken_speech import wire
from hearken_speech.errors import AudioError, HearkenError
from hearken_speech.protocol import (
    Hello,
    Media,
    MediaChanged,
    MediaState,
    SatelliteSettings,
    Timers,
    Turn,
    audio_event,
)
from hearken_speech.satellite.driver import TurnDriver
from hearken_speech.satellite.sound import SoundReceiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event, Eventable

    from hearken_speech.satellite.device import Device

_LOGGER = logging.getLogger(__name__)

# Home Assistant pings every 2 s; a link this quiet is a cut cable.
_SILENCE_LIMIT_SECONDS: Final = 10.0
_OF_AN_EXCHANGE: Final = frozenset(
    {"audio-start", "audio-chunk", "audio-stop", "hearken-turn"}
)
"""Events that mean nothing once somebody has interrupted Home Assistant."""


class LinkRefusedError(HearkenError):
    """Another Home Assistant has the microphone."""


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
        self._sending = asyncio.Lock()
        self.heard_seconds = time.monotonic()
        """Time of the last event, by ``time.monotonic``."""
        self.driver = TurnDriver(device, self)
        self._media_receiver = SoundReceiver(is_lossy=True)
        self._is_greeted = False
        self._has_device = False
        self._settings_changed = asyncio.Event()
        self._settings_kept = asyncio.Event()
        self._news = asyncio.Event()
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "hearken-hello": self._hello,
            "hearken-turn": self._turned,
            "hearken-settings": self._change_settings,
            "hearken-stop": self._stop,
            "hearken-timers": self._set_timers,
            "hearken-media": self._command_media,
            "hearken-media-start": self._media_start,
            "hearken-media-chunk": self._media_chunk,
            "hearken-media-stop": self._media_stop,
            "ping": self._ping,
            "pong": self._pong,
            "run-satellite": self._run_satellite,
            "pause-satellite": self._pause_satellite,
            "audio-start": self._audio_start,
            "audio-chunk": self._audio_chunk,
            "audio-stop": self._audio_stop,
            "detection": self._detection,
            "transcript": self._log_event,
            "synthesize": self._synthesize,
            "error": self._log_event,
        }

    async def run(self) -> None:
        """Serve until the connection ends."""
        forgets = [
            self._device.settings.listen(
                self._settings_changed.set, self._settings_kept.set
            ),
            self._device.timers.listen(self._news.set),
            self._device.media.listen(self._news.set),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                self.driver.start(tasks)
                helpers = [
                    tasks.create_task(self.driver.player.run()),
                    tasks.create_task(self._follow_settings()),
                    tasks.create_task(self._report_settings()),
                    tasks.create_task(self._report_news()),
                ]
                await self._serve()
                for helper in helpers:
                    helper.cancel()
                self.driver.close()
        except* LinkRefusedError:
            _LOGGER.debug("link refused")
        except* wire.WireError as group:
            _LOGGER.warning("link closed: %s", group.exceptions[0])
        except* OSError:
            # TLS and a network that is down raise others than ConnectionError.
            _LOGGER.info("link lost")
        finally:
            self.driver.close()
            for forget in forgets:
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
            await self._handle(event)

    async def _handle(self, event: Event) -> None:
        """Handle an event, unless it comes too late or makes no sense."""
        handler = self._handlers.get(event.type)
        if handler is None or (self.driver.is_fenced and event.type in _OF_AN_EXCHANGE):
            return
        try:
            await handler(event)
        except (AudioError, KeyError, TypeError, ValueError) as err:
            _LOGGER.warning("ignored a wrong %s event: %s", event.type, err)

    async def send(self, event: Eventable) -> None:
        """Send one event."""
        async with self._sending:
            await wire.write_event(self._writer, event.event())

    async def send_all(self, events: Callable[[], list[Eventable]]) -> None:
        """Send the events that a function returns, without others in between."""
        async with self._sending:
            for event in events():
                await wire.write_event(self._writer, event.event())

    # Events from Home Assistant

    async def _describe(self, _event: Event) -> None:
        await self.send(self._device.description())

    async def _hello(self, event: Event) -> None:
        hello = Hello.from_event(event)
        self._is_greeted = True
        taken_by = await self._meet(hello) if self._meet else None
        await self.send(replace(self._device.introduction(), taken_by=taken_by))

    async def _change_settings(self, event: Event) -> None:
        await self._device.settings.change(SatelliteSettings.from_event(event))

    async def _follow_settings(self) -> None:
        """Apply settings whenever they change."""
        while True:
            await self._settings_changed.wait()
            self._settings_changed.clear()
            await self.driver.follow_settings()

    async def _report_settings(self) -> None:
        """Report settings to Home Assistant once they are stored."""
        while True:
            await self._settings_kept.wait()
            self._settings_kept.clear()
            if self._is_greeted:
                await self.send(self._device.report())

    async def _report_news(self) -> None:
        """Report what timers and media do, to whom the satellite belongs."""
        media_state = MediaState.IDLE
        while True:
            await self._news.wait()
            self._news.clear()
            if not (self._is_greeted and self._has_device):
                continue
            while (report := self._device.timers.next_report()) is not None:
                await self.send(report)
                self._device.timers.forget_report(report)
            if self._device.media.state is not media_state:
                media_state = self._device.media.state
                await self.send(MediaChanged(state=media_state))

    async def _ping(self, event: Event) -> None:
        await self.send(Pong(text=Ping.from_event(event).text))

    async def _pong(self, event: Event) -> None:
        self.driver.pong(Pong.from_event(event).text)

    async def _run_satellite(self, _event: Event) -> None:
        await self._claim()
        _LOGGER.info("Home Assistant listens")
        self._has_device = True
        self._news.set()
        await self.driver.run()

    async def _pause_satellite(self, _event: Event) -> None:
        await self.driver.pause()

    async def _turned(self, event: Event) -> None:
        turn = Turn.from_event(event)
        error = " (heard elsewhere)" if turn.heard_elsewhere else ""
        error = f" ({turn.error})" if turn.error else error
        _LOGGER.info("turn: %s%s", turn.phase, error)
        await self.driver.turned(turn)

    async def _detection(self, event: Event) -> None:
        await self._log_event(event)
        await self.driver.noticed()

    async def _synthesize(self, event: Event) -> None:
        await self._log_event(event)
        self.driver.speaks(str(event.data.get("text") or ""))

    async def _log_event(self, event: Event) -> None:
        said = event.data.get("name") or event.data.get("text") or ""
        _LOGGER.info("%s: %s", event.type, str(said)[:500])

    # Sound to be played

    async def _audio_start(self, event: Event) -> None:
        await self.driver.answer(await self.driver.receiver.begin(event))

    async def _audio_chunk(self, event: Event) -> None:
        await self.driver.receiver.add(event)

    async def _audio_stop(self, _event: Event) -> None:
        await self.driver.receiver.end()

    async def _stop(self, _event: Event) -> None:
        _LOGGER.info("stopped")
        await self.driver.silence()

    # Timers and media

    async def _set_timers(self, event: Event) -> None:
        await self._device.timers.replace(Timers.from_event(event))

    async def _command_media(self, event: Event) -> None:
        self._device.media.command(Media.from_event(event).command)

    async def _media_start(self, event: Event) -> None:
        sound = await self._media_receiver.begin(audio_event(event))
        self._device.media.begin(sound)

    async def _media_chunk(self, event: Event) -> None:
        await self._media_receiver.add(audio_event(event))

    async def _media_stop(self, _event: Event) -> None:
        await self._media_receiver.end()

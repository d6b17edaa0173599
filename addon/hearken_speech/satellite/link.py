"""One connection from Home Assistant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.audio import AudioChunk, AudioStart
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played

from hearken_speech import wake_words, wire
from hearken_speech.audio.format import AudioFormat, Converter, Samples
from hearken_speech.errors import AudioError
from hearken_speech.protocol import (
    SAMPLE_RATE_HZ,
    Hello,
    Turn,
    Welcome,
)
from hearken_speech.satellite.ears import Ears, Hearing
from hearken_speech.satellite.gate import PRE_ROLL_SAMPLES, Gate
from hearken_speech.satellite.speaker import SpeakerError, error_tone
from hearken_speech.satellite.turn import (
    Action,
    Await,
    Hold,
    Mute,
    Play,
    PlayError,
    SatelliteTurn,
    Stream,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event, Eventable
    from wyoming.info import Info

    from hearken_speech.satellite.microphone import Microphone
    from hearken_speech.satellite.speaker import Speaker
    from hearken_speech.wake.events import Detected

_LOGGER = logging.getLogger(__name__)

# Home Assistant pings every few seconds; a link this quiet is a cut cable.
_SILENCE_LIMIT_SECONDS: Final = 30.0
_MAX_ANSWER_SAMPLES: Final = 300 * SAMPLE_RATE_HZ
_MAX_WAITING_ANSWERS: Final = 4
# Longer than any pipeline listens: whoever says nothing by then has forgotten us.
_MAX_COMMAND_SAMPLES: Final = 30 * SAMPLE_RATE_HZ


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a link needs of the satellite it belongs to."""

    welcome: Welcome
    info: Info
    microphone: Microphone
    speaker: Speaker
    ears: Ears | None = None
    """Where wake words are heard on the device; None where Home Assistant does it."""


class Link:
    """Serves one connection, with microphone and speaker once it listens."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        device: Device,
        claim: Callable[[], Awaitable[None]],
    ) -> None:
        """Serve Home Assistant at the other end of these streams.

        ``claim`` is awaited before the microphone is opened.
        """
        self._reader = reader
        self._writer = writer
        self._device = device
        self._claim = claim
        self._turn = SatelliteTurn(hears_wake_words=device.ears is not None)
        self._gate = Gate()
        self._heard: Detected | None = None
        self._sending = asyncio.Lock()
        self._to_play: asyncio.Queue[Play | PlayError] = asyncio.Queue(
            _MAX_WAITING_ANSWERS
        )
        self._microphone: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._answer: list[Samples] = []
        self._answer_samples = 0
        self._converter: Converter | None = None
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "hearken-hello": self._hello,
            "hearken-turn": self._turned,
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
        """Serve until Home Assistant goes."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                player = self._tasks.create_task(self._play())
                await self._serve()
                player.cancel()
                self._mute()
        except* wire.WireError as group:
            _LOGGER.warning("link closed: %s", group.exceptions[0])
        except* ConnectionError:
            _LOGGER.info("link lost")

    async def _serve(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_SILENCE_LIMIT_SECONDS):
                    event = await wire.read_event(self._reader)
            except TimeoutError:
                _LOGGER.warning("Home Assistant is silent; link closed")
                return
            if event is None:
                return
            if handler := self._handlers.get(event.type):
                try:
                    await handler(event)
                except (AudioError, KeyError, TypeError, ValueError) as err:
                    _LOGGER.warning("ignored a wrong %s event: %s", event.type, err)

    async def _send(self, event: Eventable) -> None:
        async with self._sending:
            await wire.write_event(self._writer, event.event())

    async def _act(self, actions: list[Action]) -> None:
        """Carry out what the turn decided."""
        for action in actions:
            if isinstance(action, Stream):
                await self._stream(action.start)
            elif isinstance(action, Await | Hold):
                await self._shut(reopen=isinstance(action, Await))
            elif isinstance(action, Mute):
                self._mute()
            else:
                await self._to_play.put(action)

    # What Home Assistant says

    async def _describe(self, _event: Event) -> None:
        await self._send(self._device.info)

    async def _hello(self, event: Event) -> None:
        Hello.from_event(event)
        await self._send(self._device.welcome)

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

    # What is to be played

    async def _audio_start(self, event: Event) -> None:
        # What comes after a wrong start must not be played in the format before.
        self._converter = None
        start = AudioStart.from_event(event)
        self._converter = Converter(
            AudioFormat(start.rate, start.width, start.channels)
        )
        self._answer.clear()
        self._answer_samples = 0

    async def _audio_chunk(self, event: Event) -> None:
        if self._converter is None:
            return
        self._keep(self._converter.convert(AudioChunk.from_event(event).audio or b""))

    async def _audio_stop(self, _event: Event) -> None:
        if self._converter is None:
            return
        self._keep(self._converter.flush())
        self._converter = None
        sound = np.concatenate(self._answer) if self._answer else np.zeros(0, np.int16)
        self._answer.clear()
        await self._act(self._turn.answer(sound))

    def _keep(self, samples: Samples) -> None:
        """Add to the answer, up to what fits into memory."""
        room = _MAX_ANSWER_SAMPLES - self._answer_samples
        if len(samples) > room:
            _LOGGER.warning("the answer is cut off: it is too long")
        if room > 0:
            self._answer.append(samples[:room])
            self._answer_samples += min(len(samples), room)

    async def _play(self) -> None:
        """Play one thing after the other."""
        while True:
            item = await self._to_play.get()
            samples = error_tone() if isinstance(item, PlayError) else item.samples
            try:
                await self._device.speaker.play(samples)
            except SpeakerError as err:
                _LOGGER.error("not played: %s", err)  # noqa: TRY400 - for users
            if isinstance(item, Play):
                await self._send(Played())
                await self._act(self._turn.played())

    # What is heard

    async def _stream(self, start: PipelineStage) -> None:
        """Ask for a pipeline and open the microphone if it is not open."""
        await self._send(
            RunPipeline(
                start_stage=start,
                end_stage=PipelineStage.TTS,
                restart_on_end=start is PipelineStage.WAKE,
            )
        )
        self._open_microphone()
        if self._device.ears is not None:
            heard, self._heard = self._heard, None
            begin = heard.position_samples - PRE_ROLL_SAMPLES if heard else None
            await self._send_all(partial(self._gate.open, begin))

    async def _shut(self, *, reopen: bool) -> None:
        """Let no more sound out, and listen for the wake word where that is next."""
        await self._send_all(self._gate.close)
        if reopen:
            self._open_microphone()

    def _open_microphone(self) -> None:
        if self._microphone is None or self._microphone.done():
            assert self._tasks is not None  # noqa: S101 - set while events come
            ears = self._device.ears
            self._gate = Gate()
            _LOGGER.info("microphone open")
            listen = self._listen() if ears is None else self._listen_myself(ears)
            self._microphone = self._tasks.create_task(listen)

    def _mute(self) -> None:
        if self._microphone is not None:
            self._microphone.cancel()
            self._microphone = None

    async def _listen(self) -> None:
        """Send what the microphone hears."""
        gate = self._gate
        await self._send_all(gate.open)
        async with contextlib.aclosing(self._device.microphone.frames()) as frames:
            async for frame in frames:
                await self._send_all(partial(gate.take, frame))
        await self._send_all(gate.close)

    async def _send_all(self, events: Callable[[], list[Eventable]]) -> None:
        """Send what the gate says once it is our turn, and nothing in between."""
        async with self._sending:
            for event in events():
                await wire.write_event(self._writer, event.event())

    async def _listen_myself(self, ears: Ears) -> None:
        """Listen for wake words, and send only what follows one."""
        hearing = Hearing(ears)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._react(hearing))
                async with contextlib.aclosing(
                    self._device.microphone.frames()
                ) as frames:
                    async for frame in frames:
                        hearing.feed(frame)
                        await self._send_all(partial(self._gate.take, frame))
                        if self._gate.open_samples > _MAX_COMMAND_SAMPLES:
                            await self._act(self._turn.forgotten())
        finally:
            hearing.close()

    async def _react(self, hearing: Hearing) -> None:
        """Tell Home Assistant about wake words."""
        while True:
            heard = await hearing.word()
            actions = self._turn.heard()
            if actions:
                _LOGGER.info("heard %s (%.2f)", heard.word, heard.score)
                self._heard = heard
                await self._send(wake_words.detection(heard))
                await self._act(actions)

"""One Wyoming connection."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize
from wyoming.wake import Detect, Detection, NotDetected

from hearken_speech import wire
from hearken_speech.audio.format import AudioFormat, Converter, to_bytes
from hearken_speech.errors import HearkenError, RequestError
from hearken_speech.protocol import (
    DetectionDetails,
    ErrorCode,
    Hello,
    PeerKind,
    TranscriptDetails,
    Welcome,
)
from hearken_speech.server.info import describe
from hearken_speech.server.listeners import Listener, Recorder, WakeListener
from hearken_speech.tts.espeak import RATE_HZ as SPOKEN_RATE_HZ
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event, Eventable

    from hearken_speech.server.services import Services
    from hearken_speech.wake.detector import Detected

_LOGGER = logging.getLogger(__name__)

_IDLE_LIMIT_SECONDS: Final = 600.0
_SPOKEN_CHUNK_SAMPLES: Final = 2048
# Longer chunks are converted on a thread: the event loop would stand still.
_SHORT_CHUNK_BYTES: Final = 64 * 1024
_MAX_ERROR_CHARACTERS: Final = 500


class Session:
    """Reads events from one client and answers them."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        services: Services,
        http_port: int | None,
    ) -> None:
        """Serve the client at the other end of these streams."""
        self._reader = reader
        self._writer = writer
        self._services = services
        self._http_port = http_port
        self._sending = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self._listener: Listener | None = None
        self._converter: Converter | None = None
        self._format: AudioFormat | None = None
        # The client's own time at the beginning of the audio.
        self._start_ms = 0
        # The audio of a refused request is thrown away until it ends.
        self._refused = False
        self._handlers: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "ping": self._ping,
            "hearken-hello": self._hello,
            "detect": self._detect,
            "transcribe": self._transcribe,
            "audio-start": self._audio_start,
            "audio-chunk": self._audio_chunk,
            "audio-stop": self._audio_stop,
            "synthesize": self._synthesize,
        }

    async def run(self) -> None:
        """Serve until the client goes, or speaks something else than Wyoming."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._serve()
                await self._end_listening()
        except* HearkenError as group:
            _LOGGER.warning("connection closed: %s", group.exceptions[0])
        except* OSError:
            _LOGGER.debug("connection lost")

    async def _serve(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_IDLE_LIMIT_SECONDS):
                    event = await wire.read_event(self._reader)
            except TimeoutError:
                return
            if event is None:
                return
            handler = self._handlers.get(event.type)
            if handler is None:
                self._services.journal.count("unknown-event")
                continue
            try:
                await handler(event)
            except wire.WireError:
                raise
            except HearkenError as err:
                await self._refuse(err)
            # A field that is missing or of another type, found by the library.
            except (KeyError, TypeError, ValueError, AttributeError) as err:
                reason = f"{event.type}: {type(err).__name__}: {str(err)[:200]}"
                await self._refuse(RequestError(f"wrong fields in {reason}"))

    async def _refuse(self, err: HearkenError) -> None:
        """Tell the client why, and throw away the audio that belongs to it."""
        text = str(err)[:_MAX_ERROR_CHARACTERS]
        self._services.journal.add("error", code=err.code.value, text=text)
        level = logging.ERROR if err.code is ErrorCode.FAILED else logging.WARNING
        _LOGGER.log(level, "request refused: %s", text)
        await self._end_listening()
        self._refused = True
        await self._send(Error(text=text, code=err.code.value))

    async def _send(self, event: Eventable) -> None:
        async with self._sending:
            await wire.write_event(self._writer, event.event())

    # What the client may ask without audio

    async def _describe(self, _event: Event) -> None:
        Describe()
        await self._send(describe(self._services))

    async def _ping(self, event: Event) -> None:
        await self._send(Pong(text=Ping.from_event(event).text))

    async def _hello(self, event: Event) -> None:
        Hello.from_event(event)
        await self._send(
            Welcome(
                kind=PeerKind.SERVER,
                id=self._services.identity.id,
                name=self._services.name,
                version=VERSION,
                http_port=self._http_port,
            )
        )

    async def _synthesize(self, event: Event) -> None:
        request = Synthesize.from_event(event)
        espeak = self._services.espeak
        name = request.voice.name if request.voice else None
        language = request.voice.language if request.voice else None
        start = time.perf_counter()
        samples = await espeak.speak(request.text, espeak.choose(name, language))
        took = time.perf_counter() - start
        self._services.journal.add("spoken", text=request.text, seconds=took)
        layout: dict[str, Any] = {"rate": SPOKEN_RATE_HZ, "width": 2, "channels": 1}
        await self._send(AudioStart(**layout))
        for first in range(0, len(samples), _SPOKEN_CHUNK_SAMPLES):
            piece = to_bytes(samples[first : first + _SPOKEN_CHUNK_SAMPLES])
            await self._send(AudioChunk(**layout, audio=piece))
        await self._send(AudioStop())

    # What the client may ask of the audio that follows

    async def _detect(self, event: Event) -> None:
        words = self._services.wake_words.select(_names(event))
        await self._end_listening()
        listener = WakeListener(words, self._services.wake_pool, self._report)
        self._start_listening(listener)
        assert self._tasks is not None  # noqa: S101 - set for as long as events come
        self._tasks.create_task(listener.run())

    async def _transcribe(self, event: Event) -> None:
        request = Transcribe.from_event(event)
        if request.language is not None and not isinstance(request.language, str):
            msg = "the language is not a text"
            raise RequestError(msg)
        await self._end_listening()
        self._start_listening(Recorder(request.language))

    def _start_listening(self, listener: Listener) -> None:
        self._listener = listener
        self._refused = False

    async def _end_listening(self) -> None:
        listener, self._listener = self._listener, None
        self._converter = self._format = None
        if isinstance(listener, WakeListener):
            await listener.finish()

    # Audio

    async def _audio_start(self, event: Event) -> None:
        start = AudioStart.from_event(event)
        if not isinstance(start.timestamp, int | None):
            msg = "the timestamp of audio-start is not a number of milliseconds"
            raise RequestError(msg)
        self._start_ms = start.timestamp or 0
        self._prepare(AudioFormat(start.rate, start.width, start.channels))
        if self._listener is None and not self._refused:
            # Wyoming allows audio without a request: then it is a command.
            self._start_listening(Recorder(None))

    async def _audio_chunk(self, event: Event) -> None:
        if self._listener is None:
            return
        chunk = AudioChunk.from_event(event)
        self._prepare(AudioFormat(chunk.rate, chunk.width, chunk.channels))
        assert self._converter is not None  # noqa: S101 - made by _prepare
        if len(chunk.audio) > _SHORT_CHUNK_BYTES:
            samples = await asyncio.to_thread(self._converter.convert, chunk.audio)
        else:
            samples = self._converter.convert(chunk.audio)
        self._listener.feed(samples)

    def _prepare(self, layout: AudioFormat) -> None:
        if layout != self._format:
            self._converter, self._format = Converter(layout), layout

    async def _audio_stop(self, _event: Event) -> None:
        listener, converter = self._listener, self._converter
        self._refused = False
        if listener is None:
            return
        if converter is not None:
            listener.feed(converter.flush())
        await self._end_listening()
        if isinstance(listener, Recorder):
            await self._send_transcript(listener)
        elif isinstance(listener, WakeListener) and not listener.heard:
            await self._send(NotDetected())

    async def _send_transcript(self, recorder: Recorder) -> None:
        result = await self._services.recognizer.recognize(
            recorder.recording(), recorder.language
        )
        reason = result.empty_reason
        self._services.journal.add(
            "transcript",
            text=result.text,
            empty_reason=reason.value if reason else None,
            audio_seconds=result.audio_seconds,
            decode_seconds=result.decode_seconds,
            model=result.model,
        )
        details = TranscriptDetails(
            audio_seconds=result.audio_seconds,
            decode_seconds=result.decode_seconds,
            model=result.model,
            empty_reason=reason,
            no_speech_probability=result.no_speech_probability,
        )
        await self._send(
            Transcript(
                text=result.text, language=result.language, context=details.context()
            )
        )

    async def _report(self, heard: Detected) -> None:
        """Tell the client that a wake word was heard."""
        self._services.journal.add(
            "detection",
            word=heard.word.id,
            score=heard.score,
            threshold=heard.threshold,
        )
        details = DetectionDetails(score=heard.score, threshold=heard.threshold)
        await self._send(
            Detection(
                name=heard.word.id,
                timestamp=self._start_ms + heard.end_sample // 16,
                context=details.context(),
            )
        )


def _names(event: Event) -> list[str] | None:
    """Return the names of wake words asked for; raise RequestError if wrong."""
    names = Detect.from_event(event).names
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        msg = "the names of wake words are not a list of texts"
        raise RequestError(msg)
    return names

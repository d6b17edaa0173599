"""Detection of wake words by the server."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.wake import Detect, Detection, NotDetected

from ..const import DETECTION_TIMEOUT_SECONDS, JUDGED_AUDIO_SECONDS
from ..errors import ConnectionLostError, RequestRefusedError
from ..protocol import DetectDetails, DetectionDetails
from .connection import Address, Connection, Request, connect
from .pcm import SPEECH_FORMAT
from .wire import parse

_STEP_BYTES: Final = 1280 * SPEECH_FORMAT.frame_bytes
"""80 ms, the step in which the server judges audio. Home Assistant's chunks of 10 ms
would cost both ends a packet each, and be judged no sooner."""

type TimedAudio = tuple[bytes, int]
"""Samples, and the time of the first in milliseconds since the start of the stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeWordDetection:
    """A wake word was detected."""

    id: str
    timestamp_ms: int | None
    details: DetectionDetails | None
    later_audio: list[TimedAudio]
    """Audio after the wake word that was already read from the stream."""
    lead_audio: bytes = b""
    """Audio of the wake word itself."""


@dataclass(frozen=True, kw_only=True)
class DetectRequest:
    """The wake words to detect, and their sensitivity."""

    names: tuple[str, ...] | None = None
    """Ids of the wake words; None for all."""
    details: DetectDetails = field(default_factory=DetectDetails)

    def event(self) -> Detect:
        """Return the event for the server."""
        names = None if self.names is None else list(self.names)
        return Detect(names=names, context=self.details.context())


class Listening:
    """A request that may change while audio flows."""

    def __init__(self, request: DetectRequest) -> None:
        """Start with this request."""
        self.request = request

    def change(self, request: DetectRequest) -> None:
        """Replace the request, from the next chunk of audio on."""
        self.request = request


async def detect(
    address: Address, audio: AsyncIterable[TimedAudio], listening: Listening
) -> WakeWordDetection | None:
    """Return the first detection, None if the audio ends without one."""
    async with connect(address) as connection:
        request = listening.request
        await connection.write(request.event())
        await connection.write(AudioStart(**SPEECH_FORMAT.wyoming_fields, timestamp=0))
        return await _Detection(connection, aiter(audio), listening, request).run()


class _Detection:
    """Sends audio to the server while waiting for its result."""

    def __init__(
        self,
        connection: Connection,
        chunks: AsyncIterator[TimedAudio],
        listening: Listening,
        request: DetectRequest,
    ) -> None:
        """Start after this request was sent."""
        self._connection = connection
        self._chunks = chunks
        self._listening = listening
        self._request = request
        self._is_decided = False
        self._waiting: list[TimedAudio] = []
        self._waiting_bytes = 0
        self._sent_bytes = 0
        self._judged: deque[TimedAudio] = deque()
        self._judged_bytes = 0

    async def run(self) -> WakeWordDetection | None:
        """Send audio and wait for the result."""
        result = asyncio.create_task(self._receive())
        sending = asyncio.create_task(self._send_all())
        try:
            await asyncio.wait({result, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                sending.result()
                return await self._conclude_at_end(result)
            event = result.result()
            if NotDetected.is_type(event.type):
                return None
            # The command is read from the same stream afterwards, so a pending read
            # has to be awaited rather than cancelled.
            self._is_decided = True
            await asyncio.wait({sending})
            if not isinstance(sending.exception(), ConnectionLostError):
                sending.result()
            return self._conclude(event)
        finally:
            # An error or a cancellation ends the whole pipeline run with its stream.
            for task in (result, sending):
                task.cancel()
            await asyncio.gather(result, sending, return_exceptions=True)

    async def _send_all(self) -> None:
        """Send audio until it ends or there is a result."""
        async for chunk in self._chunks:
            self._remember(chunk)
            if self._is_decided:
                self._waiting.append(chunk)
                return
            await self._send(chunk)
        await self._flush()

    def _remember(self, chunk: TimedAudio) -> None:
        """Keep a chunk until its result can be expected."""
        self._judged.append(chunk)
        self._judged_bytes += len(chunk[0])
        limit = JUDGED_AUDIO_SECONDS * SPEECH_FORMAT.bytes_per_second
        while self._judged_bytes > limit:
            self._judged_bytes -= len(self._judged.popleft()[0])

    async def _send(self, chunk: TimedAudio) -> None:
        """Send audio when the server has a step to judge; less of it only costs."""
        request, previous = self._listening.request, self._request
        if request is not previous and request != previous:
            await self._flush()
            self._request = request
            await self._connection.write(request.event())
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk[0])
        steps = self._sent_bytes // _STEP_BYTES
        if (self._sent_bytes + self._waiting_bytes) // _STEP_BYTES > steps:
            await self._flush()

    async def _flush(self) -> None:
        """Send the audio that waits."""
        if not self._waiting:
            return
        samples = b"".join(samples for samples, _ in self._waiting)
        timestamp_ms = self._waiting[0][1]
        self._sent_bytes += self._waiting_bytes
        self._waiting.clear()
        self._waiting_bytes = 0
        await self._connection.write(
            AudioChunk(
                **SPEECH_FORMAT.wyoming_fields, audio=samples, timestamp=timestamp_ms
            )
        )

    async def _receive(self) -> Event:
        """Return the detection of a requested wake word, or the end without one."""
        asked = Request("wake word")
        while True:
            event = await self._connection.read_for(asked)
            if Error.is_type(event.type):
                error = parse(Error.from_event, event)
                raise RequestRefusedError(error.text, error.code)
            if NotDetected.is_type(event.type):
                return event
            if Detection.is_type(event.type):
                name = parse(Detection.from_event, event).name
                names = self._request.names
                if isinstance(name, str) and (not names or name in names):
                    return event

    def _conclude(self, event: Event) -> WakeWordDetection | None:
        """Return the detection in an event, with the audio that follows it."""
        if NotDetected.is_type(event.type):
            return None
        detection = parse(Detection.from_event, event)
        timestamp_ms = detection.timestamp
        if isinstance(timestamp_ms, int):
            # The chunk in which the wake word ends may hold the start of the command.
            later = [chunk for chunk in self._judged if _end_ms(chunk) > timestamp_ms]
        else:
            timestamp_ms = None
            later = self._waiting
        details = DetectionDetails.from_context(detection.context)
        return WakeWordDetection(
            id=str(detection.name),
            timestamp_ms=timestamp_ms,
            details=details,
            later_audio=later,
            lead_audio=self._lead(details, timestamp_ms),
        )

    def _lead(
        self, details: DetectionDetails | None, timestamp_ms: int | None
    ) -> bytes:
        """Return the audio of the wake word, as far as its place is known."""
        if details is None or timestamp_ms is None:
            return b""
        begin, end = details.begin_samples, details.end_samples
        if begin is None or end is None:
            return b""
        begin_ms = timestamp_ms - (end - begin) * 1000 // SPEECH_FORMAT.rate_hz
        return b"".join(
            chunk[0]
            for chunk in self._judged
            if chunk[1] >= begin_ms and _end_ms(chunk) <= timestamp_ms
        )

    async def _conclude_at_end(
        self, result: asyncio.Task[Event]
    ) -> WakeWordDetection | None:
        """Return the result for audio that has ended."""
        await self._connection.write(AudioStop())
        try:
            async with asyncio.timeout(DETECTION_TIMEOUT_SECONDS):
                event = await result
        except TimeoutError as err:
            msg = "no wake word result in time"
            raise ConnectionLostError(msg) from err
        return self._conclude(event)


def _end_ms(chunk: TimedAudio) -> float:
    """Return when a chunk ends, in milliseconds since the stream began."""
    samples, timestamp_ms = chunk
    return timestamp_ms + len(samples) * 1000 / SPEECH_FORMAT.bytes_per_second

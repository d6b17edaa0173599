"""Listening for wake words."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.wake import Detect, Detection, NotDetected

from ..const import DETECTION_TIMEOUT_SECONDS, JUDGED_AUDIO_SECONDS
from ..errors import ConnectionLostError, RequestRefusedError
from ..protocol import DetectDetails, DetectionDetails
from .connection import Address, Connection, connect
from .pcm import SPEECH_FORMAT
from .wire import parse

type TimedAudio = tuple[bytes, int]
"""Samples, and the time of the first in milliseconds since the stream began."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeWordDetection:
    """A wake word was said."""

    id: str
    timestamp_ms: int | None
    details: DetectionDetails | None
    later_audio: list[TimedAudio]
    """Audio after the wake word that was taken from the stream already."""


@dataclass(frozen=True, kw_only=True)
class DetectRequest:
    """What to listen for, and how."""

    names: tuple[str, ...] | None = None
    """Ids of the words; None for all that there are."""
    details: DetectDetails = field(default_factory=DetectDetails)

    def request(self) -> Detect:
        """Return what the server is asked."""
        names = None if self.names is None else list(self.names)
        return Detect(names=names, context=self.details.context())


class Listening:
    """Wishes that may change while audio flows."""

    def __init__(self, wishes: DetectRequest) -> None:
        """Begin with these."""
        self.wishes = wishes

    def change(self, wishes: DetectRequest) -> None:
        """Listen otherwise from the next piece of audio on."""
        self.wishes = wishes


async def detect(
    address: Address, audio: AsyncIterable[TimedAudio], listening: Listening
) -> WakeWordDetection | None:
    """Listen until a wake word is said; None when the audio ends before."""
    async with connect(address) as connection:
        wishes = listening.wishes
        await connection.write(wishes.request())
        await connection.write(
            AudioStart(
                rate=SPEECH_FORMAT.rate_hz,
                width=SPEECH_FORMAT.width_bytes,
                channels=SPEECH_FORMAT.channels,
                timestamp=0,
            )
        )
        return await _Detection(connection, aiter(audio), listening, wishes).run()


class _Detection:
    """Audio on its way to the server while its verdict is awaited."""

    def __init__(
        self,
        connection: Connection,
        chunks: AsyncIterator[TimedAudio],
        listening: Listening,
        wishes: DetectRequest,
    ) -> None:
        """Begin with nothing but these wishes sent."""
        self._connection = connection
        self._chunks = chunks
        self._listening = listening
        self._wishes = wishes
        self._sent: deque[TimedAudio] = deque()
        self._sent_bytes = 0

    async def run(self) -> WakeWordDetection | None:
        """Send audio and wait for the verdict."""
        verdict = asyncio.create_task(self._receive())
        chunk: asyncio.Task[TimedAudio | None] | None = None
        try:
            while True:
                # Whoever hears the command after the wake word goes on with the
                # same stream: a pending read must be waited for, not cancelled.
                chunk = asyncio.create_task(self._take())
                await asyncio.wait(
                    {verdict, chunk}, return_when=asyncio.FIRST_COMPLETED
                )
                if verdict.done():
                    return await self._conclude(verdict.result(), chunk)
                if (taken := chunk.result()) is None:
                    return await self._conclude_at_end(verdict)
                await self._send(taken)
        finally:
            # An error or a cancellation ends the whole run, and the stream too.
            tasks = [task for task in (verdict, chunk) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self) -> TimedAudio | None:
        """Return the next audio, None at its end."""
        return await anext(self._chunks, None)

    async def _send(self, chunk: TimedAudio) -> None:
        """Send audio, and keep it until the server has spoken about it."""
        samples, timestamp_ms = chunk
        wishes, before = self._listening.wishes, self._wishes
        if wishes is not before and wishes != before:
            self._wishes = wishes
            await self._connection.write(self._wishes.request())
        self._sent.append(chunk)
        self._sent_bytes += len(samples)
        limit = JUDGED_AUDIO_SECONDS * SPEECH_FORMAT.bytes_per_second
        while self._sent_bytes > limit:
            self._sent_bytes -= len(self._sent.popleft()[0])
        await self._connection.write(
            AudioChunk(
                rate=SPEECH_FORMAT.rate_hz,
                width=SPEECH_FORMAT.width_bytes,
                channels=SPEECH_FORMAT.channels,
                audio=samples,
                timestamp=timestamp_ms,
            )
        )

    async def _receive(self) -> Event:
        """Wait for a detection of a word that was asked for, or for the end."""
        while True:
            event = await self._connection.read()
            if Error.is_type(event.type):
                error = parse(Error.from_event, event)
                raise RequestRefusedError(error.text, error.code)
            if NotDetected.is_type(event.type):
                return event
            if Detection.is_type(event.type):
                name = parse(Detection.from_event, event).name
                names = self._wishes.names
                if isinstance(name, str) and (not names or name in names):
                    return event

    async def _conclude(
        self, event: Event, chunk: asyncio.Task[TimedAudio | None]
    ) -> WakeWordDetection | None:
        """Return what was heard, with the audio that came after it."""
        if NotDetected.is_type(event.type):
            return None
        detection = parse(Detection.from_event, event)
        timestamp_ms = detection.timestamp
        later: list[TimedAudio] = []
        if isinstance(timestamp_ms, int):
            # A chunk in which the word ends belongs to what follows, too.
            later = [sent for sent in self._sent if _end_ms(sent) > timestamp_ms]
        else:
            timestamp_ms = None
        if (pending := await chunk) is not None:
            later.append(pending)
        return WakeWordDetection(
            id=str(detection.name),
            timestamp_ms=timestamp_ms,
            details=DetectionDetails.from_context(detection.context),
            later_audio=later,
        )

    async def _conclude_at_end(
        self, verdict: asyncio.Task[Event]
    ) -> WakeWordDetection | None:
        """Return what the server says about audio that has ended."""
        await self._connection.write(AudioStop())
        try:
            async with asyncio.timeout(DETECTION_TIMEOUT_SECONDS):
                event = await verdict
        except TimeoutError as err:
            msg = "no verdict on the wake word in time"
            raise ConnectionLostError(msg) from err
        ended: asyncio.Task[TimedAudio | None] = asyncio.create_task(_nothing())
        return await self._conclude(event, ended)


def _end_ms(chunk: TimedAudio) -> float:
    """Return when a chunk ends, in milliseconds since the stream began."""
    samples, timestamp_ms = chunk
    return timestamp_ms + len(samples) * 1000 / SPEECH_FORMAT.bytes_per_second


async def _nothing() -> None:
    """Stand for audio that has ended."""

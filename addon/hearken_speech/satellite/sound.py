"""A sound on its way from the connection to the speaker."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from wyoming.audio import AudioChunk, AudioStart

from hearken_speech.audio.format import NATIVE, AudioFormat, Converter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wyoming.event import Event

    from hearken_speech.audio.format import Samples

_LOGGER = logging.getLogger(__name__)

# Far more than Home Assistant sends ahead: a sender that keeps to that never waits,
# and what it sends behind the sound, such as a stop, is read at once.
_MAX_WAITING_SECONDS: Final = 30
# Home Assistant itself gives up a source that is silent for 30 s.
_GAP_LIMIT_SECONDS: Final = 40.0
_PIECES_A_SECOND: Final = 4
# Nobody hears more, and it would only take more memory.
_MAX_RATE_HZ: Final = 48_000
_MAX_CHANNELS: Final = 2


class Sound:
    """A bounded queue of samples with an end, for one sender and one player."""

    def __init__(self, layout: AudioFormat = NATIVE, *, is_lossy: bool = False) -> None:
        """Start empty; samples will be 16 bit in this format.

        What does not fit into a lossy sound is lost, and its sender never waits.
        """
        self.format = layout
        self._is_lossy = is_lossy
        self._max_waiting_samples = _MAX_WAITING_SECONDS * layout.rate_hz
        self._pieces: deque[Samples] = deque()
        self._waiting_samples = 0
        self._changed = asyncio.Event()
        self._is_complete = False
        self.is_dropped = False
        """The sound is not to be heard: what is added is thrown away."""

    @classmethod
    def of(cls, samples: Samples, layout: AudioFormat = NATIVE) -> Sound:
        """Return a complete sound."""
        sound = cls(layout)
        sound._pieces.append(samples)
        sound._is_complete = True
        return sound

    async def put(self, samples: Samples) -> None:
        """Add samples; wait while too many are queued."""
        while self._waiting_samples >= self._max_waiting_samples and not self._is_over:
            if self._is_lossy:
                return
            await self._change()
        if len(samples) and not self._is_over:
            self._pieces.append(samples)
            self._waiting_samples += len(samples)
            self._changed.set()

    def end(self) -> None:
        """Note that the sound is complete."""
        self._is_complete = True
        self._changed.set()

    def drop(self) -> None:
        """Throw away what is queued and what is still added."""
        self.is_dropped = True
        self._pieces.clear()
        self._changed.set()

    async def pieces(self) -> AsyncGenerator[Samples]:
        """Yield the samples as they arrive, until the sound ends or is dropped.

        A sender that adds nothing for 40 s has ended the sound.
        """
        while True:
            try:
                async with asyncio.timeout(_GAP_LIMIT_SECONDS):
                    piece = await self.next_piece()
            except TimeoutError:
                _LOGGER.warning("the sound ends: no more of it has arrived")
                self.end()
                continue
            if piece is None:
                return
            yield piece

    async def next_piece(self) -> Samples | None:
        """Wait for samples; return None once the sound is finished."""
        while not self._pieces and not self._is_over:
            await self._change()
        if not self._pieces:
            return None
        piece = self._pieces.popleft()
        self._waiting_samples -= len(piece)
        self._changed.set()
        return piece

    @property
    def is_finished(self) -> bool:
        """Return whether no more samples follow."""
        return self._is_over and not self._pieces

    @property
    def _is_over(self) -> bool:
        return self._is_complete or self.is_dropped

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class SoundReceiver:
    """Makes sounds of the audio events of one connection."""

    def __init__(self, *, is_lossy: bool = False) -> None:
        """Start between two sounds; what does not fit into lossy ones is lost."""
        self._is_lossy = is_lossy
        self._sound: Sound | None = None
        self._converter: Converter | None = None
        self._piece_bytes = 0

    async def begin(self, event: Event) -> Sound:
        """Return the sound that begins; raise AudioError or ValueError if unusable."""
        await self.end()
        start = AudioStart.from_event(event)
        source = AudioFormat(start.rate, start.width, start.channels)
        source.check()
        layout = AudioFormat(
            min(source.rate_hz, _MAX_RATE_HZ), 2, min(source.channels, _MAX_CHANNELS)
        )
        self._converter = Converter(source, layout)
        frame_bytes = source.width_bytes * source.channels
        self._piece_bytes = source.rate_hz // _PIECES_A_SECOND * frame_bytes
        self._sound = Sound(layout, is_lossy=self._is_lossy)
        return self._sound

    async def add(self, event: Event) -> None:
        """Add the samples of a chunk; wait while too many are queued.

        A chunk outside a sound is ignored.
        """
        if self._sound is None or self._converter is None:
            return
        data = AudioChunk.from_event(event).audio or b""
        # A large chunk would take much memory and time if it were converted as a whole.
        for first in range(0, len(data), self._piece_bytes):
            piece = data[first : first + self._piece_bytes]
            await self._sound.put(self._converter.convert(piece))

    async def end(self) -> None:
        """End the sound, if there is one."""
        sound, self._sound = self._sound, None
        if sound is not None and self._converter is not None:
            await sound.put(self._converter.flush())
            sound.end()

    def forget(self) -> None:
        """Ignore what still comes of the sound."""
        self._sound = None

"""Convert a client's audio from any format to samples at 16 kHz."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from wyoming.audio import AudioChunk

from hearken_speech.audio.format import AudioFormat, Converter

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from wyoming.event import Event

    from hearken_speech.audio.format import Samples

# Longer chunks are converted on a thread to keep the event loop responsive. None is
# longer than the pieces in which audio is read, so the memory is bounded as well.
_SHORT_CHUNK_BYTES: Final = 4 * 1024


class AudioIntake:
    """Converts the audio of one connection."""

    def __init__(self) -> None:
        """Start without audio."""
        self._converter: Converter | None = None
        self._format: AudioFormat | None = None
        # The format of the last chunk as it was sent; it rarely changes.
        self._layout: dict[str, Any] | None = None

    def prepare(self, layout: AudioFormat) -> None:
        """Expect audio of this format; raise AudioError if it cannot be converted."""
        self._layout = None
        if layout != self._format:
            self._converter, self._format = Converter(layout), layout

    async def samples(self, event: Event, thread: Executor) -> Samples:
        """Return the samples of a chunk; raise AudioError if it cannot be converted."""
        if self._converter is None or event.data != self._layout:
            chunk = AudioChunk.from_event(event)
            self.prepare(AudioFormat(chunk.rate, chunk.width, chunk.channels))
            self._layout = event.data
        assert self._converter is not None  # noqa: S101 - made by prepare
        audio = event.payload or b""
        if len(audio) <= _SHORT_CHUNK_BYTES and self._converter.is_quick:
            return self._converter.convert(audio)
        return await asyncio.get_running_loop().run_in_executor(
            thread, self._converter.convert, audio
        )

    def rest(self) -> Samples | None:
        """Return the samples still in the converter, None if there was no audio."""
        return None if self._converter is None else self._converter.flush()

    def reset(self) -> None:
        """Reset for the next audio."""
        self._converter = self._format = None

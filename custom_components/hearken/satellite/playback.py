"""Playback of speech and media on a satellite."""

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from homeassistant.components import tts
from homeassistant.components.assist_satellite import AssistSatelliteAnnouncement
from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.core import HomeAssistant

from ..client.pcm import SPEECH_FORMAT, AudioFormat, WavReader, speaker_format
from ..const import (
    PLAYBACK_TIMEOUT_SECONDS,
    PLAYED_EXTRA_SECONDS,
)
from ..errors import PlaybackError
from .connection import SatelliteLink
from .own_url import async_source_of
from .transmission import Transmission

_LOGGER = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 2048
_SLOWEST_BYTES_PER_SECOND: Final = SPEECH_FORMAT.bytes_per_second
_MAX_ABANDONED: Final = 16
_PROTOCOLS: Final = "http,https,file,tcp,tls"
_ERROR_CHARACTERS: Final = 500
_QUERY: Final = re.compile(r"\?\S+")


class Player:
    """Streams audio to the satellite and waits until it has been played."""

    def __init__(self, hass: HomeAssistant, link: SatelliteLink) -> None:
        """Play on this satellite."""
        self._hass = hass
        self._link = link
        self._lock = asyncio.Lock()
        self._played = asyncio.Event()
        self._abandoned: deque[float] = deque(maxlen=_MAX_ABANDONED)
        """Deadlines for the reports about sounds that nobody waits for."""
        self._stop_count = 0

    def on_played(self) -> None:
        """Handle that the satellite has played everything."""
        now = self._hass.loop.time()
        while self._abandoned:
            if self._abandoned.popleft() >= now:
                return
        self._played.set()

    def on_stopped(self) -> None:
        """Handle that the satellite was told to stop; no report follows."""
        self._stop_count += 1
        self._abandoned.clear()

    def on_disconnected(self) -> None:
        """Handle the loss of the connection: no more reports will arrive."""
        self.on_stopped()
        self._played.set()

    @property
    def format(self) -> AudioFormat:
        """Return the format in which the satellite wants sound."""
        return speaker_format(self._link.peer.info)

    async def play_speech(self, token: str) -> None:
        """Play the speech of a text-to-speech engine to its end."""
        if (stream := tts.async_get_stream(self._hass, token)) is None:
            msg = "the speech is no longer available"
            raise PlaybackError(msg)
        layout = self.format
        await self._play(samples_of_wav(_speech(stream), layout), layout)

    async def play_announcement(
        self, announcement: AssistSatelliteAnnouncement
    ) -> None:
        """Play chime and message as one sound to its end."""
        sounds = []
        layout = self.format
        if chime := announcement.preannounce_media_id:
            sounds.append(samples_of_url(self._hass, chime, layout))
        stream = None
        if announcement.tts_token:
            stream = tts.async_get_stream(self._hass, announcement.tts_token)
        if stream is not None:
            sounds.append(samples_of_wav(_speech(stream), layout))
        else:
            sounds.append(samples_of_url(self._hass, announcement.media_id, layout))
        await self._play(_concatenated(*sounds), layout)

    async def _play(self, sound: AsyncGenerator[bytes], layout: AudioFormat) -> None:
        """Play a sound in this format to its end."""
        async with self._lock:
            self._played.clear()
            stop_count = self._stop_count
            transmission = Transmission(self._link, layout, self._hass.loop.time)
            try:
                await self._transmit(transmission, even_pieces(sound, layout))
                await self._wait_played(transmission)
            except BaseException:
                if transmission.sent_bytes and stop_count == self._stop_count:
                    self._abandon(transmission)
                raise

    async def _transmit(
        self, transmission: Transmission, sound: AsyncGenerator[bytes]
    ) -> None:
        """Send all of a sound."""
        try:
            async with aclosing(sound):
                async for samples in sound:
                    await transmission.send(samples)
        finally:
            transmission.end()
        if not transmission.sent_bytes:
            msg = "the audio is empty"
            raise PlaybackError(msg)

    def _abandon(self, transmission: Transmission) -> None:
        """Expect a report about a sound that nobody waits for."""
        if not self._played.is_set():
            seconds = transmission.unplayed_seconds + PLAYED_EXTRA_SECONDS
            self._abandoned.append(self._hass.loop.time() + seconds)

    async def _wait_played(self, transmission: Transmission) -> None:
        """Wait until the satellite reports that everything has been played."""
        seconds = transmission.unplayed_seconds + PLAYED_EXTRA_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._played.wait()
        except TimeoutError:
            _LOGGER.debug("The satellite did not confirm playback in time")
        transmission.check()


async def samples_of_wav(
    file: AsyncIterable[bytes], layout: AudioFormat = SPEECH_FORMAT
) -> AsyncGenerator[bytes]:
    """Yield the samples of a WAV file, which is in this format."""
    reader = WavReader()
    async for data in file:
        samples = reader.feed(data)
        if reader.format not in (None, layout):
            msg = f"the audio is {reader.format} instead of {layout}"
            raise PlaybackError(msg)
        if samples:
            yield samples


async def samples_of_url(
    hass: HomeAssistant, url: str, layout: AudioFormat = SPEECH_FORMAT
) -> AsyncGenerator[bytes]:
    """Yield the samples of the audio at a URL, in any format that ffmpeg reads."""
    source = await async_source_of(hass, url)
    process = await asyncio.create_subprocess_exec(
        get_ffmpeg_manager(hass).binary,
        *("-hide_banner", "-loglevel", "error", "-nostdin"),
        *("-protocol_whitelist", _PROTOCOLS, "-i", source, "-vn"),
        *("-f", "s16le", "-ar", str(layout.rate_hz)),
        *("-ac", str(layout.channels), "pipe:1"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    complaint = asyncio.create_task(_read_all(process.stderr))
    try:
        async for samples in _read(process.stdout):
            yield samples
        async with asyncio.timeout(PLAYBACK_TIMEOUT_SECONDS):
            code = await process.wait()
        if code:
            text = (await complaint).decode(errors="replace").strip()
            # The query of a signed URL grants access, so it must not be logged.
            shown = _QUERY.sub("?…", text)[-_ERROR_CHARACTERS:]
            msg = f"the audio cannot be read: {shown}"
            raise PlaybackError(msg)
    except TimeoutError as err:
        msg = "no audio in time"
        raise PlaybackError(msg) from err
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.gather(complaint, process.wait(), return_exceptions=True)


async def _read(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    """Yield the output of a program; raise TimeoutError if it pauses too long."""
    while stream is not None:
        async with asyncio.timeout(PLAYBACK_TIMEOUT_SECONDS):
            data = await stream.read(_CHUNK_BYTES)
        if not data:
            return
        yield data


async def _read_all(stream: asyncio.StreamReader | None) -> bytes:
    """Return the end of the output of a program."""
    text = b""
    while stream is not None and (data := await stream.read(_CHUNK_BYTES)):
        text = (text + data)[-_CHUNK_BYTES:]
    return text


async def even_pieces(
    sound: AsyncGenerator[bytes], layout: AudioFormat
) -> AsyncGenerator[bytes]:
    """Yield a sound in small pieces of whole samples."""
    async with aclosing(sound):
        async for piece in _even_pieces(sound, layout):
            yield piece


async def _even_pieces(
    sound: AsyncGenerator[bytes], layout: AudioFormat
) -> AsyncGenerator[bytes]:
    """Yield pieces of whole samples."""
    rest = b""
    size = _CHUNK_BYTES * max(1, layout.bytes_per_second // _SLOWEST_BYTES_PER_SECOND)
    while True:
        try:
            async with asyncio.timeout(PLAYBACK_TIMEOUT_SECONDS):
                data = await anext(sound, None)
        except TimeoutError as err:
            msg = "no audio in time"
            raise PlaybackError(msg) from err
        if data is None:
            return
        data = rest + data
        whole = len(data) - len(data) % layout.frame_bytes
        for position in range(0, whole, size):
            yield data[position : min(position + size, whole)]
        rest = data[whole:]


async def _speech(stream: tts.ResultStream) -> AsyncGenerator[bytes]:
    """Yield the WAV file of a text-to-speech engine."""
    try:
        async for data in stream.async_stream_result():
            yield data
    except Exception as err:
        # Text-to-speech engines raise errors of any kind.
        msg = f"{type(err).__name__}: {err}"
        raise PlaybackError(msg) from err


def tts_options(layout: AudioFormat) -> dict[str, Any]:
    """Return the options with which text-to-speech delivers WAV in a format."""
    return {
        tts.ATTR_PREFERRED_FORMAT: "wav",
        tts.ATTR_PREFERRED_SAMPLE_RATE: layout.rate_hz,
        tts.ATTR_PREFERRED_SAMPLE_CHANNELS: layout.channels,
        tts.ATTR_PREFERRED_SAMPLE_BYTES: layout.width_bytes,
    }


async def _concatenated(
    *sounds: AsyncGenerator[bytes],
) -> AsyncGenerator[bytes]:
    """Yield sounds as one."""
    for sound in sounds:
        async with aclosing(sound):
            async for samples in sound:
                yield samples

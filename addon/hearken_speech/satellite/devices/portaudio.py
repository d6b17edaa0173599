"""PortAudio: streams of sound cards and audio servers."""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from hearken_speech.errors import HearkenError

from . import alsa_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from tempfile import TemporaryDirectory

    from hearken_speech.audio.format import AudioFormat

    from .listing import SoundDevice

LATENCY_SECONDS: Final = 0.1
"""What the device buffers: with less, sound breaks up on a busy machine."""
_BUSY: Final = ("Device unavailable", "busy")


class StreamError(HearkenError):
    """A stream cannot be opened."""

    is_busy = False
    """Another program has the device for itself."""


class StreamTimes(Protocol):
    """The clock of a stream, as a callback gets it."""

    inputBufferAdcTime: float  # noqa: N815 - PortAudio's name
    outputBufferDacTime: float  # noqa: N815 - PortAudio's name
    currentTime: float  # noqa: N815 - PortAudio's name


class Stream(Protocol):
    """An open stream, which calls back."""

    def close(self) -> None:
        """Stop now and give the device back."""


class PortAudio:
    """The library, initialized once for the process.

    It lists the devices when it is initialized, and takes a second for that. It is
    initialized anew when a device was not found or could not be opened, as soon as no
    stream is open.
    """

    _plugins: ClassVar[TemporaryDirectory[str] | None] = None

    def __init__(self) -> None:
        """Load the library; raise StreamError if it is missing."""
        # As long as the process lives, ALSA may load one.
        PortAudio._plugins = PortAudio._plugins or alsa_plugins.leave_out()
        try:
            import sounddevice  # noqa: PLC0415 - needs a library of the system
        except (ImportError, OSError) as err:
            msg = (
                "sound devices need PortAudio: install Debian's libportaudio2 "
                f"and hearken-speech[satellite] ({err})"
            )
            raise StreamError(msg) from err
        self._library: Any = sounddevice
        self._lock = threading.RLock()
        self._open_streams = 0
        self._is_outdated = False

    def outdate(self) -> None:
        """List the devices anew when they are asked for next."""
        self._is_outdated = True

    def devices(self) -> list[dict[str, Any]]:
        """Return what can be opened."""
        with self._lock:
            if self._is_outdated and not self._open_streams:
                # The only way to notice a device that was plugged in.
                self._library._terminate()  # noqa: SLF001
                self._library._initialize()  # noqa: SLF001
                self._is_outdated = False
            return list(self._library.query_devices())

    def first_pcm(self, names: Sequence[str]) -> str | None:
        """Return the first of these ALSA names that there is."""
        there = {each["name"] for each in self.devices()}
        found = next((name for name in names if name in there), None)
        if found is None:
            self.outdate()
        return found

    def default(self, key: str) -> int:
        """Return the index of the default device, -1 if there is none."""
        return int(self._library.default.device[key != "in"])

    def open(
        self,
        device: SoundDevice,
        layout: AudioFormat,
        block_frames: int,
        callback: Callable[[Any, int, StreamTimes, Any], None],
    ) -> Stream:
        """Open and start a stream of 16-bit samples; raise StreamError if it fails."""
        is_microphone = device.direction == "microphone"
        kind = self._library.RawInputStream
        if not is_microphone:
            kind = self._library.RawOutputStream
        with self._lock, _on_server(device):
            try:
                stream = kind(
                    device=device.pcm,
                    samplerate=layout.rate_hz,
                    channels=layout.channels,
                    dtype="int16",
                    blocksize=block_frames,
                    latency=LATENCY_SECONDS,
                    callback=callback,
                )
            except (self._library.PortAudioError, ValueError) as err:
                self.outdate()
                raise _stream_error(device, err) from err
            self._open_streams += 1
            counted = _Counted(stream, self._closed)
            try:
                stream.start()
            except self._library.PortAudioError as err:
                counted.close()
                self.outdate()
                raise _stream_error(device, err) from err
            return counted

    def _closed(self) -> None:
        with self._lock:
            self._open_streams -= 1


class _Counted:
    """A stream that is counted until it is closed, at the latest when it is forgotten.

    The library would go on calling back into memory that is gone.
    """

    def __init__(self, stream: Any, on_closed: Callable[[], None]) -> None:
        """Count this stream."""
        self._stream = stream
        self._on_closed = on_closed
        self._is_open = True

    def close(self) -> None:
        """Stop now and give the device back."""
        if self._is_open:
            self._is_open = False
            try:
                # What is still buffered is not played.
                self._stream.abort()
                self._stream.close()
            finally:
                self._on_closed()

    def __del__(self) -> None:
        """Close the stream."""
        self.close()


class _on_server:  # noqa: N801 - used as a function
    """Name the device of an audio server while a stream is opened.

    ALSA's bridge to the audio server reads the name from the environment.
    """

    def __init__(self, device: SoundDevice) -> None:
        """Open this device."""
        self._device = device
        is_microphone = device.direction == "microphone"
        self._variable = "PULSE_SOURCE" if is_microphone else "PULSE_SINK"
        self._before: str | None = None

    def __enter__(self) -> None:
        """Set the variable."""
        if self._device.on_server:
            self._before = os.environ.get(self._variable)
            os.environ[self._variable] = self._device.name

    def __exit__(self, *_error: object) -> None:
        """Set the variable to what it was."""
        if not self._device.on_server:
            return
        if self._before is None:
            os.environ.pop(self._variable, None)
        else:
            os.environ[self._variable] = self._before


def _stream_error(device: SoundDevice, err: Exception) -> StreamError:
    text = str(err)
    busy = any(sign.casefold() in text.casefold() for sign in _BUSY)
    reason = "another program uses it" if busy else text
    error = StreamError(f"{device.description} cannot be opened: {reason}")
    error.is_busy = busy
    return error


async def open_stream(
    device: SoundDevice,
    layout: AudioFormat,
    block_frames: int,
    callback: Callable[[Any, int, StreamTimes, Any], None],
) -> Stream:
    """Open a stream off the event loop; one that nobody waits for is closed."""
    opening = asyncio.ensure_future(
        asyncio.to_thread(portaudio().open, device, layout, block_frames, callback)
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_opened)
        raise


async def close_stream(stream: Stream) -> None:
    """Close a stream off the event loop; it is closed even if nobody waits for it."""
    try:
        closing = asyncio.to_thread(stream.close)
        await asyncio.shield(asyncio.ensure_future(closing))
    except RuntimeError:  # the event loop ends and has no threads any more
        stream.close()


def _close_opened(opening: asyncio.Future[Stream]) -> None:
    """Close a stream that was opened in vain."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


_loading = threading.Lock()


def portaudio() -> PortAudio:
    """Return the library; microphone and speaker may ask for it at the same time."""
    with _loading:
        return _portaudio()


@functools.cache
def _portaudio() -> PortAudio:
    return PortAudio()

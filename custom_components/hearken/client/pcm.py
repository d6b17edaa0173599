"""Raw audio and WAV headers."""

import struct
from dataclasses import dataclass
from typing import Final

from wyoming.info import Info

from ..errors import AudioFormatError
from ..protocol import SAMPLE_CHANNELS, SAMPLE_RATE_HZ, SAMPLE_WIDTH_BYTES

_RIFF_BYTES: Final = 12
_CHUNK_BYTES: Final = 8
_FORMAT_BYTES: Final = 16
_FORMATS_WITH_PLAIN_SAMPLES: Final = (0x0001, 0xFFFE)
_MAX_HEADER_BYTES: Final = 64 * 1024
_HEADER_BYTES: Final = 44
_SPEAKER_RATES_HZ: Final = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_SPEAKER_CHANNELS: Final = (1, 2)
_UNKNOWN_BYTES: Final = 0xFFFF_FFFF


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioFormat:
    """How samples are laid out."""

    rate_hz: int
    width_bytes: int
    channels: int

    @property
    def wyoming_fields(self) -> dict[str, int]:
        """Return the fields with which Wyoming's audio events state the format."""
        return {
            "rate": self.rate_hz,
            "width": self.width_bytes,
            "channels": self.channels,
        }

    @property
    def frame_bytes(self) -> int:
        """Return the size of one sample of all channels."""
        return self.width_bytes * self.channels

    @property
    def bytes_per_second(self) -> int:
        """Return the size of one second of audio."""
        return self.rate_hz * self.frame_bytes


SPEECH_FORMAT: Final = AudioFormat(
    rate_hz=SAMPLE_RATE_HZ,
    width_bytes=SAMPLE_WIDTH_BYTES,
    channels=SAMPLE_CHANNELS,
)
"""Format of microphones, wake word detection, speech-to-text and satellites."""


def speaker_format(info: Info) -> AudioFormat:
    """Return the format in which a satellite wants to be sent sound."""
    for program in info.snd:
        layout = program.snd_format
        if (
            layout is not None
            and layout.width == SAMPLE_WIDTH_BYTES
            and layout.rate in _SPEAKER_RATES_HZ
            and layout.channels in _SPEAKER_CHANNELS
        ):
            return AudioFormat(
                rate_hz=layout.rate,
                width_bytes=layout.width,
                channels=layout.channels,
            )
    return SPEECH_FORMAT


def wav_header(audio_format: AudioFormat, samples_bytes: int | None = None) -> bytes:
    """Return the header of a WAV file; the length may be unknown."""
    # ffmpeg reads and writes this value as "until the end of the file".
    size = _UNKNOWN_BYTES if samples_bytes is None else samples_bytes
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        min(size + _HEADER_BYTES - _CHUNK_BYTES, _UNKNOWN_BYTES),
        b"WAVE",
        b"fmt ",
        _FORMAT_BYTES,
        _FORMATS_WITH_PLAIN_SAMPLES[0],
        audio_format.channels,
        audio_format.rate_hz,
        audio_format.bytes_per_second,
        audio_format.frame_bytes,
        audio_format.width_bytes * 8,
        b"data",
        size,
    )


class WavReader:
    """Returns the samples of a WAV file that arrives in pieces of any size.

    The length in the header is ignored: a file that is still being written states a
    wrong one. Audio without a header passes unchanged where that is allowed.
    """

    def __init__(self, headerless: AudioFormat | None = None) -> None:
        """Start; ``headerless`` is the format of audio without a header."""
        self.format: AudioFormat | None = None
        self._headerless = headerless
        self._pending = b""
        self._is_header_read = False

    def feed(self, data: bytes) -> bytes:
        """Add bytes and return the samples among them."""
        if self._is_header_read:
            return data
        self._pending += data
        if len(self._pending) < _RIFF_BYTES:
            return b""
        if self._pending[:4] != b"RIFF" or self._pending[8:12] != b"WAVE":
            if self._headerless is None:
                msg = "the audio is not a WAV file"
                raise AudioFormatError(msg)
            return self._finish_header(self._headerless, 0)
        return self._read_chunks()

    def rest(self) -> bytes:
        """Return the buffered rest of audio that was too short for a header."""
        if self._is_header_read or self._headerless is None:
            return b""
        return self._finish_header(self._headerless, 0)

    def _read_chunks(self) -> bytes:
        """Parse the header as far as it has arrived."""
        position, audio_format = _RIFF_BYTES, None
        while len(self._pending) >= position + _CHUNK_BYTES:
            name, size = struct.unpack_from("<4sI", self._pending, position)
            position += _CHUNK_BYTES
            if name == b"data":
                if audio_format is None:
                    break
                return self._finish_header(audio_format, position)
            if name == b"fmt " and len(self._pending) >= position + _FORMAT_BYTES:
                audio_format = _parse_format(self._pending, position)
            position += size + size % 2
        if position > _MAX_HEADER_BYTES or len(self._pending) > _MAX_HEADER_BYTES:
            msg = "the header of the WAV file is too long"
            raise AudioFormatError(msg)
        return b""

    def _finish_header(self, audio_format: AudioFormat, position: int) -> bytes:
        """Return the samples that follow the header."""
        self.format = audio_format
        self._is_header_read = True
        samples, self._pending = self._pending[position:], b""
        return samples


def _parse_format(header: bytes, position: int) -> AudioFormat:
    """Return the format that a ``fmt`` chunk states."""
    code, channels, rate_hz, _, _, bits = struct.unpack_from(
        "<HHIIHH", header, position
    )
    if code not in _FORMATS_WITH_PLAIN_SAMPLES or not channels or not rate_hz:
        msg = f"unsupported WAV format {code}: {channels} channels at {rate_hz} Hz"
        raise AudioFormatError(msg)
    return AudioFormat(rate_hz=rate_hz, width_bytes=bits // 8, channels=channels)

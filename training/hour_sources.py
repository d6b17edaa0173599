"""Hours in which no wake word is said: what they are made of, and how it is read.

They are packages of Debian, in two parts of different material: one to choose
thresholds with, and one that judges. Nothing is learned from either: no head depends
on their licenses, and nothing but figures is taken from them.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from benchmarks.common.recordings import read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making.sound import FULL_SCALE, at_16_khz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hearken_speech.audio.format import Samples

SOUNDS: Final = {".wav", ".ogg"}
_SKY_RATE_HZ: Final = 11_025
_SKY_HEADER_BYTES: Final = 22
_SKY_FIRST_SPEECH: Final = 50_000
_QUEEN_TABLE: Final = 15
_QUEEN_ENTRY: Final = struct.Struct(">12sBII")


class Part(StrEnum):
    """What some hours are for."""

    CHOOSE = "choose"
    JUDGE = "judge"


def _files(folder: Path) -> Iterator[Samples]:
    """Yield the sounds in a folder and below."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SOUNDS and path.is_file() and not path.is_symlink():
            yield read(path)


def _voices(folder: Path) -> Iterator[Samples]:
    """Yield what the animals of Hedgewars say."""
    yield from _files(folder / "usr/share/games/hedgewars/Data/Sounds/voices")


def _even(folder: Path) -> Iterator[Samples]:
    """Yield every second sound of a folder."""
    return (one for number, one in enumerate(_files(folder)) if number % 2 == 0)


def _odd(folder: Path) -> Iterator[Samples]:
    """Yield the other sounds of a folder."""
    return (one for number, one in enumerate(_files(folder)) if number % 2)


def _queen(folder: Path) -> Iterator[Samples]:
    """Yield what is said in Flight of the Amazon Queen: an archive of MP3."""
    (path,) = folder.rglob("queen.1c")
    data = path.read_bytes()
    (count,) = struct.unpack_from(">H", data, _QUEEN_TABLE - 2)
    for number in range(count):
        name, _, first, size = _QUEEN_ENTRY.unpack_from(
            data, _QUEEN_TABLE + number * _QUEEN_ENTRY.size
        )
        if name.rstrip(b"\0").endswith(b".SB"):
            yield _mp3(data[first : first + size])


def _sky(folder: Path) -> Iterator[Samples]:
    """Yield what is said in Beneath a Steel Sky: an archive of plain samples."""
    (table,), (disk,) = list(folder.rglob("sky.dnr")), list(folder.rglob("sky.dsk"))
    entries, data = table.read_bytes()[4:], disk.read_bytes()
    for place in range(0, len(entries) - 7, 8):
        (number,) = struct.unpack_from("<H", entries, place)
        first = int.from_bytes(entries[place + 2 : place + 5], "little")
        size = int.from_bytes(entries[place + 5 : place + 8], "little") & 0x3FFFFF
        # The highest bit says that the place is counted in 16 bytes.
        first = (first & 0x7FFFFF) << (4 if first >> 23 else 0)
        if number >= _SKY_FIRST_SPEECH and size > 2 * _SKY_HEADER_BYTES:
            stored = data[first + _SKY_HEADER_BYTES : first + size]
            plain = np.frombuffer(stored, np.uint8) / np.float32(128) - 1
            heard = at_16_khz(plain, _SKY_RATE_HZ) * FULL_SCALE
            yield np.clip(heard, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _mp3(data: bytes) -> Samples:
    """Return an MP3 file as 16 kHz mono; empty if it is damaged."""
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE_HZ)
    frames: list[av.AudioFrame] = []
    try:
        with av.open(io.BytesIO(data), "r", format="mp3") as file:
            for frame in file.decode(audio=0):
                frames += resampler.resample(frame)
            frames += resampler.resample(None)
    except av.FFmpegError:
        return np.zeros(0, np.int16)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


@dataclass(frozen=True, slots=True)
class Source:
    """A package of Debian with sounds."""

    name: str
    part: Part
    package: str
    what: str
    license: str
    read: Callable[[Path], Iterator[Samples]] = _files


_ASTERISK: Final = "CC-BY-SA-3.0"
_FREEWARE: Final = "freeware: free to copy, unchanged"
SOURCES: Final = (
    Source("sky", Part.CHOOSE, "beneath-a-steel-sky", "actors, English",
           _FREEWARE, _sky),
    Source("fish_cs", Part.CHOOSE, "fillets-ng-data-cs", "actors, Czech", "GPL-2+"),
    Source("prompts_es", Part.CHOOSE, "asterisk-core-sounds-es-wav",
           "one speaker, Spanish, telephone", _ASTERISK),
    Source("prompts_it", Part.CHOOSE, "asterisk-core-sounds-it-wav",
           "one speaker, Italian, telephone", _ASTERISK),
    Source("prompts_it_2", Part.CHOOSE, "asterisk-prompt-it-menardi-wav",
           "one speaker, Italian, telephone", "GPL-2+"),
    Source("on_hold", Part.CHOOSE, "asterisk-moh-opsound-wav", "music", _ASTERISK),
    Source("music_1", Part.CHOOSE, "wesnoth-1.16-music", "orchestral music",
           "GPL-2+", _even),
    Source("queen", Part.JUDGE, "flight-of-the-amazon-queen", "actors, English",
           _FREEWARE, _queen),
    Source("hedgehogs", Part.JUDGE, "hedgewars-data",
           "actors, mostly English, 44 kHz", "GPL-2", _voices),
    Source("fish_nl", Part.JUDGE, "fillets-ng-data-nl", "actors, Dutch", "GPL-2+"),
    Source("prompts_en", Part.JUDGE, "asterisk-core-sounds-en-wav",
           "one speaker, English, telephone", _ASTERISK),
    Source("prompts_fr", Part.JUDGE, "asterisk-core-sounds-fr-wav",
           "one speaker, French, telephone", _ASTERISK),
    Source("prompts_ru", Part.JUDGE, "asterisk-core-sounds-ru-wav",
           "one speaker, Russian, telephone", _ASTERISK),
    Source("fish_music", Part.JUDGE, "fillets-ng-data", "music and sounds", "GPL-2+"),
    Source("music_2", Part.JUDGE, "wesnoth-1.16-music", "orchestral music",
           "GPL-2+", _odd),
)  # fmt: skip
"""Recordings of people and of music; the licenses are those that the packages name."""

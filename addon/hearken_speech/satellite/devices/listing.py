"""The sound devices of the machine, found by name."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hearken_speech.errors import HearkenError

from .portaudio import portaudio
from .sound_server import sound_server

_LOGGER = logging.getLogger(__name__)

DEFAULT: Final = "default"
_LIMIT_SECONDS: Final = 10.0
# Names under which ALSA reaches an audio server, best first.
_SERVER_PCMS: Final = ("pulse", "pipewire", "default")
_MAX_LISTED: Final = 12
# The server converts; this is what nearly all of its devices have.
_SERVER_RATE_HZ: Final = 48_000


class Direction(StrEnum):
    """Whether a device records or plays."""

    MICROPHONE = "microphone"
    SPEAKER = "speaker"


class NoDeviceError(HearkenError):
    """There is no such sound device, or not at the moment."""


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A device that records or plays."""

    name: str
    """Name that is unique on this machine."""
    description: str
    """Name for people."""
    direction: Direction
    rate_hz: int
    channels: int
    is_default: bool
    pcm: str | int
    """What PortAudio opens: the ALSA name of the audio server, or an index."""

    @property
    def on_server(self) -> bool:
        """Tell whether PulseAudio or PipeWire owns the device."""
        return isinstance(self.pcm, str)

    def is_called(self, wanted: str) -> bool:
        """Tell whether people may mean this device."""
        texts = (self.name.casefold(), self.description.casefold())
        return any(wanted.casefold() in text for text in texts)


def find(direction: Direction, wanted: str = DEFAULT) -> SoundDevice:
    """Return the device with this name or part of a name; raise NoDeviceError.

    An exact name wins over a part of one.
    """
    found = devices(direction)
    if wanted == DEFAULT:
        found = [each for each in found if each.is_default] or found[:1]
    else:
        exact = [each for each in found if wanted in (each.name, each.description)]
        found = exact or [each for each in found if each.is_called(wanted)]
    if not found:
        portaudio().outdate()
        msg = f"there is no {direction}"
        if wanted != DEFAULT:
            msg = f"there is no {direction} called {wanted!r}"
        msg += "; `hearken-satellite devices` lists them"
        raise NoDeviceError(msg)
    if len({each.name for each in found}) > 1:
        names = ", ".join(each.name for each in found[:_MAX_LISTED])
        msg = f"several a {direction} could be {wanted!r}: {names}"
        raise NoDeviceError(msg)
    return found[0]


async def find_in_time(direction: Direction, wanted: str) -> SoundDevice:
    """Return the device off the event loop; raise NoDeviceError if that takes long."""
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            return await asyncio.to_thread(find, direction, wanted)
    except TimeoutError:
        msg = "the audio server does not respond"
        raise NoDeviceError(msg) from None


def devices(direction: Direction) -> list[SoundDevice]:
    """Return the devices that the audio server has, or else those of ALSA."""
    with sound_server() as server:
        if server is not None:
            return _on_server(server, direction)
    return _of_alsa(direction)


def _on_server(server: Any, direction: Direction) -> list[SoundDevice]:
    """Return the devices of the audio server, without the monitors of its outputs."""
    info = server.server_info()
    is_microphone = direction is Direction.MICROPHONE
    usual = info.default_source_name if is_microphone else info.default_sink_name
    listed = server.source_list() if is_microphone else server.sink_list()
    pcm = portaudio().first_pcm(_SERVER_PCMS)
    if pcm is None:
        _LOGGER.warning(
            "an audio server runs, but ALSA cannot reach it: install libasound2-plugins"
        )
        return []
    return [
        SoundDevice(
            name=each.name,
            description=each.description,
            direction=direction,
            rate_hz=_SERVER_RATE_HZ,
            channels=each.channel_count,
            is_default=each.name == usual,
            pcm=pcm,
        )
        for each in listed
        if not each.name.endswith(".monitor") or each.name == usual
    ]


def _of_alsa(direction: Direction) -> list[SoundDevice]:
    """Return the devices that PortAudio finds without an audio server."""
    key = "in" if direction is Direction.MICROPHONE else "out"
    listed = portaudio().devices()
    usual = portaudio().default(key)
    return [
        SoundDevice(
            name=each["name"],
            description=each["name"],
            direction=direction,
            rate_hz=round(each["default_samplerate"]),
            channels=each[f"max_{key}put_channels"],
            is_default=each["index"] == usual,
            pcm=each["index"],
        )
        for each in listed
        if each[f"max_{key}put_channels"] > 0
    ]

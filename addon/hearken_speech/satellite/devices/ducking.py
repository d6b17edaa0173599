"""Ducking: other programs on the same machine play more softly while it is needed."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final, Protocol

from .sound_server import sound_server

DUCKED: Final = 0.2
"""Share of the volume that other programs keep."""
_MAX_STREAMS: Final = 64


class Ducker(Protocol):
    """Turns other sound on the machine down and up again."""

    async def duck(self) -> None:
        """Turn the sound of other programs down; nothing happens if it is down."""

    async def restore(self) -> None:
        """Turn it up again, to the level it had; nothing happens if it is up."""


class NoDucker:
    """Leaves other sound alone."""

    async def duck(self) -> None:
        """Do nothing."""

    async def restore(self) -> None:
        """Do nothing."""


class PulseDucker:
    """Turns down what other programs play on the same speaker.

    Works with PulseAudio and PipeWire. A program that someone turned up or down in the
    meantime keeps that volume.
    """

    def __init__(self, speaker: str = "") -> None:
        """Set the name of the speaker; the sound server's default if it has no such."""
        self._speaker = speaker
        self._lock = asyncio.Lock()
        self._before: dict[int, tuple[float, float]] = {}
        """Volume before and while ducked, by the index of the stream."""

    async def duck(self) -> None:
        """Turn the streams of other programs down."""
        async with self._lock:
            if not self._before:
                self._before = await asyncio.to_thread(_duck, self._speaker)

    async def restore(self) -> None:
        """Turn them up again."""
        async with self._lock:
            before, self._before = self._before, {}
            if before:
                await asyncio.to_thread(_restore, before)


def _duck(speaker: str) -> dict[int, tuple[float, float]]:
    """Turn down the streams of other programs; return the volumes they had."""
    ducked: dict[int, tuple[float, float]] = {}
    with sound_server() as server:
        streams = _streams(server)
        sink = _sink_of(server, speaker) if streams else None
        for stream in streams:
            if stream.sink != sink:
                continue
            before = stream.volume.value_flat
            if _set_volume(server, stream, before * DUCKED):
                ducked[stream.index] = (before, before * DUCKED)
    return ducked


def _restore(before: dict[int, tuple[float, float]]) -> None:
    """Turn up streams that still have the volume that ducking gave them."""
    with sound_server() as server:
        for stream in _streams(server):
            volume, ducked = before.get(stream.index, (0.0, -1.0))
            if abs(stream.volume.value_flat - ducked) < DUCKED / 10:
                _set_volume(server, stream, volume)


def _streams(server: Any) -> list[Any]:
    """Return the playing streams of other programs."""
    if server is None:
        return []
    own = str(os.getpid())
    return [
        each
        for each in server.sink_input_list()
        if each.proplist.get("application.process.id") != own
    ][:_MAX_STREAMS]


def _sink_of(server: Any, speaker: str) -> int | None:
    """Return the index of what the sound server calls the speaker."""
    default = server.server_info().default_sink_name
    sinks = server.sink_list()
    for name in (speaker, default):
        for sink in sinks:
            if name in {sink.name, sink.description}:
                return int(sink.index)
    return None


def _set_volume(server: Any, stream: Any, volume: float) -> bool:
    """Set the volume of a stream; return whether it is still there."""
    import pulsectl  # noqa: PLC0415 - needs a library of the system

    try:
        server.volume_set_all_chans(stream, volume)
    except pulsectl.PulseError:
        return False
    return True

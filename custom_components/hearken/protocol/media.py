"""Music and other media on a satellite, beneath what is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from wyoming.event import Event, Eventable

from .fields import read_text


class MediaCommand(StrEnum):
    """What Home Assistant asks of the media that play."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class MediaState(StrEnum):
    """What the media of a satellite do."""

    IDLE = "idle"
    """Nothing plays; the last media ended or were stopped."""
    PLAYING = "playing"
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True)
class Media(Eventable):
    """Command the media of a satellite.

    Their audio is sent as ``hearken-media-start``, ``-chunk`` and ``-stop``, with the
    fields of Wyoming's ``audio-start``, ``audio-chunk`` and ``audio-stop``.
    """

    command: MediaCommand

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a command."""
        return event_type == "hearken-media"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-media", data={"command": self.command.value})

    @staticmethod
    @override
    def from_event(event: Event) -> Media:
        """Read the event; raise ValueError if its fields are invalid."""
        return Media(command=MediaCommand(read_text(event.data or {}, "command")))


@dataclass(frozen=True, kw_only=True)
class MediaChanged(Eventable):
    """Tell Home Assistant what the media of a satellite do."""

    state: MediaState

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is about the state."""
        return event_type == "hearken-media-state"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-media-state", data={"state": self.state.value})

    @staticmethod
    @override
    def from_event(event: Event) -> MediaChanged:
        """Read the event; raise ValueError if its fields are invalid."""
        return MediaChanged(state=MediaState(read_text(event.data or {}, "state")))


def media_event(event: Event) -> Event:
    """Return an event of Wyoming's audio as one of media."""
    kind = event.type.removeprefix("audio-")
    return Event(type=f"hearken-media-{kind}", data=event.data, payload=event.payload)


def audio_event(event: Event) -> Event:
    """Return an event of the audio of media as one of Wyoming's audio."""
    kind = event.type.removeprefix("hearken-media-")
    return Event(type=f"audio-{kind}", data=event.data, payload=event.payload)

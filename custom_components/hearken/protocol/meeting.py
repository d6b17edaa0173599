"""Messages that introduce the peers, and the state of an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

from wyoming.event import Event, Eventable

from .fields import read_integer, read_text, read_texts
from .satellite import SatelliteSettings
from .words import PROTOCOL_VERSION, PeerKind, TurnPhase


@dataclass(frozen=True, kw_only=True)
class Hello(Eventable):
    """Ask the peer whether it is Hearken."""

    protocol: int = PROTOCOL_VERSION
    """Protocol version of the sender."""
    version: str = ""
    """Software version of the sender."""
    instance: str = ""
    """Id of this Home Assistant: the same whenever it connects, empty for others."""
    takes_over: bool = False
    """Whether its user moves the satellite here from another Home Assistant."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a hello."""
        return event_type == "hearken-hello"

    @override
    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {"protocol": self.protocol, "version": self.version}
        if self.instance:
            data["instance"] = self.instance
        if self.takes_over:
            data["takes_over"] = True
        return Event(type="hearken-hello", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> Hello:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return Hello(
            protocol=read_integer(data, "protocol"),
            version=read_text(data, "version"),
            instance=read_text(data, "instance"),
            takes_over=data.get("takes_over") is True,
        )


@dataclass(frozen=True, kw_only=True)
class Welcome(Eventable):
    """Answer a hello: introduce this server or satellite."""

    kind: PeerKind
    id: str
    """Unique and permanent id of this server or satellite."""
    name: str
    version: str
    """Software version of the sender."""
    protocol: int = PROTOCOL_VERSION
    http_port: int | None = None
    """Port of the control API on the same host; None if it has none."""
    run: str = ""
    """Different at every start: whatever was stored before has to be sent again."""
    abilities: frozenset[str] = frozenset()
    """What a satellite can do (see `Ability`); unknown ones come from a newer peer."""
    settings: SatelliteSettings | None = None
    """Settings of a satellite; None if it has none."""
    taken_by: str | None = None
    """Address of another Home Assistant that a satellite belongs to."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a welcome."""
        return event_type == "hearken-welcome"

    @override
    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {
            "kind": self.kind.value,
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "protocol": self.protocol,
        }
        if self.http_port is not None:
            data["http_port"] = self.http_port
        if self.run:
            data["run"] = self.run
        if self.abilities:
            data["abilities"] = sorted(self.abilities)
        if self.settings is not None:
            data["settings"] = self.settings.to_dict()
        if self.taken_by is not None:
            data["taken_by"] = self.taken_by
        return Event(type="hearken-welcome", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> Welcome:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return Welcome(
            kind=PeerKind(read_text(data, "kind")),
            id=read_text(data, "id", required=True),
            name=read_text(data, "name", required=True),
            version=read_text(data, "version"),
            protocol=read_integer(data, "protocol"),
            http_port=read_integer(data, "http_port") if "http_port" in data else None,
            run=read_text(data, "run"),
            abilities=frozenset(read_texts(data, "abilities")),
            settings=SatelliteSettings.from_dict(data["settings"])
            if data.get("settings") is not None
            else None,
            taken_by=read_text(data, "taken_by") if "taken_by" in data else None,
        )


@dataclass(frozen=True, kw_only=True)
class Turn(Eventable):
    """Tell a satellite the state of the exchange."""

    phase: TurnPhase
    error: str | None = None
    """Home Assistant's error code, if the exchange failed."""
    listen_again: bool = False
    """Whether to listen again, after the answer, without a wake word."""
    heard_elsewhere: bool = False
    """Whether another satellite answers to the wake word; this one stays silent."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a turn."""
        return event_type == "hearken-turn"

    @override
    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {"phase": self.phase.value}
        if self.error is not None:
            data["error"] = self.error
        if self.listen_again:
            data["listen_again"] = True
        if self.heard_elsewhere:
            data["heard_elsewhere"] = True
        return Event(type="hearken-turn", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> Turn:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return Turn(
            phase=TurnPhase(read_text(data, "phase")),
            error=read_text(data, "error") if "error" in data else None,
            listen_again=data.get("listen_again") is True,
            heard_elsewhere=data.get("heard_elsewhere") is True,
        )

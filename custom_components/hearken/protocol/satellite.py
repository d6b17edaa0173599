"""The settings of a satellite, and commands outside of an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, override

from wyoming.event import Event, Eventable

from .fields import read_number, read_texts
from .words import MAX_GAIN_DB, MAX_WORDS, MIN_GAIN_DB


@dataclass(frozen=True, kw_only=True)
class SatelliteSettings(Eventable):
    """Settings of a satellite; None means not supported, or no change.

    Home Assistant sends what it wants to change. The satellite answers with all its
    settings, and sends them again whenever one changes.
    """

    muted: bool | None = None
    """Whether the microphone is closed: nothing is heard, and nothing is sent."""
    volume: float | None = None
    """Volume of the speaker, 0 to 1."""
    gain_db: float | None = None
    """Gain of the microphone."""
    wake_words: tuple[str, ...] | None = None
    """Ids of the words that the satellite itself listens for."""
    thresholds: Mapping[str, float] | None = None
    """Thresholds of words that the satellite detects; others keep theirs."""
    wake_sound: bool | None = None
    """Whether a sound says that the satellite has started to listen."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is about settings."""
        return event_type == "hearken-settings"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-settings", data=self.to_dict())

    @staticmethod
    @override
    def from_event(event: Event) -> SatelliteSettings:
        """Read the event; raise ValueError if its fields are invalid."""
        return SatelliteSettings.from_dict(event.data or {})

    @override
    def to_dict(self) -> dict[str, Any]:
        """Return the settings as they are sent and stored."""
        fields: dict[str, Any] = {
            "muted": self.muted,
            "volume": self.volume,
            "gain_db": self.gain_db,
            "wake_words": None if self.wake_words is None else list(self.wake_words),
            "thresholds": None if self.thresholds is None else dict(self.thresholds),
            "wake_sound": self.wake_sound,
        }
        return {key: value for key, value in fields.items() if value is not None}

    @staticmethod
    def from_dict(data: Any) -> SatelliteSettings:
        """Read settings as they were sent or stored; raise ValueError if invalid."""
        if not isinstance(data, dict):
            msg = "settings is not an object"
            raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
        return SatelliteSettings(
            muted=_flag(data, "muted"),
            volume=_within(data, "volume", 0, 1),
            gain_db=_within(data, "gain_db", MIN_GAIN_DB, MAX_GAIN_DB),
            wake_words=_words(data),
            thresholds=_thresholds(data),
            wake_sound=_flag(data, "wake_sound"),
        )

    def changed_by(self, changes: SatelliteSettings) -> SatelliteSettings:
        """Return these settings with the changes applied."""
        named = {
            key: value for key, value in vars(changes).items() if value is not None
        }
        if changes.thresholds is not None:
            named["thresholds"] = {**(self.thresholds or {}), **changes.thresholds}
        return replace(self, **named)


@dataclass(frozen=True, kw_only=True)
class Stop(Eventable):
    """Tell a satellite to stop playing; no ``played`` follows."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a stop."""
        return event_type == "hearken-stop"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-stop")

    @staticmethod
    @override
    def from_event(_event: Event) -> Stop:
        """Read the event, which has no fields."""
        return Stop()


def _flag(data: dict[str, Any], key: str) -> bool | None:
    """Return a yes or no, None if there is none."""
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        msg = f"{key} is not a yes or no"
        raise ValueError(msg)
    return value


def _within(
    data: dict[str, Any], key: str, lowest: float, highest: float
) -> float | None:
    """Return a number within limits, None if there is none."""
    if data.get(key) is None:
        return None
    value = read_number(data, key)
    if value is None or not lowest <= value <= highest:
        msg = f"{key} is not a number from {lowest} to {highest}"
        raise ValueError(msg)
    return value


def _words(data: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the distinct ids of words."""
    if data.get("wake_words") is None:
        return None
    words = tuple(dict.fromkeys(read_texts(data, "wake_words")))
    if len(words) > MAX_WORDS or not all(words):
        msg = "wake_words is not a usable list of words"
        raise ValueError(msg)
    return words


def _thresholds(data: dict[str, Any]) -> dict[str, float] | None:
    """Return the thresholds by word."""
    value = data.get("thresholds")
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > MAX_WORDS:
        msg = "thresholds is not a usable object"
        raise ValueError(msg)
    found: dict[str, float] = {}
    for word in value:
        threshold = read_number(value, word)
        if not isinstance(word, str) or threshold is None or not 0 < threshold <= 1:
            msg = "a threshold is not a number above 0 and up to 1"
            raise ValueError(msg)
        found[word] = threshold
    return found

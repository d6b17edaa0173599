"""The stages of one spoken command, collected from all parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class StateChange:
    """A state change of a device."""

    entity_id: str
    before: str
    after: str
    at: float
    """Seconds since the epoch."""


@dataclass
class Command:
    """One pipeline run of Home Assistant; times are seconds since the epoch."""

    times: dict[str, float] = field(default_factory=dict)
    """The time of each pipeline event."""
    wake_word: str | None = None
    wake_score: float | None = None
    text: str | None = None
    understood: bool = False
    answer: str | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Return whether the run has ended."""
        return "run-end" in self.times

    def took(self, first: str, last: str) -> float | None:
        """Return the seconds between two events, or None if one is missing."""
        if first not in self.times or last not in self.times:
            return None
        return self.times[last] - self.times[first]


def read_run(events: list[dict[str, Any]]) -> Command:
    """Read a pipeline run from the result of Home Assistant's debug commands."""
    command = Command()
    for event in events:
        command.times[event["type"]] = seconds(event["timestamp"])
        data = event.get("data") or {}
        match event["type"]:
            case "wake_word-end":
                found = data.get("wake_word_output") or {}
                command.wake_word = found.get("wake_word_phrase") or found.get(
                    "wake_word_id"
                )
            case "stt-end":
                command.text = data["stt_output"]["text"]
            case "intent-end":
                response = data["intent_output"]["response"]
                command.understood = response["response_type"] != "error"
                command.answer = response["speech"].get("plain", {}).get("speech")
            case "error":
                command.error = data["code"]
    return command


def read_change(event: dict[str, Any]) -> StateChange | None:
    """Read a state_changed event; return None if the state did not change."""
    old, new = event["data"]["old_state"], event["data"]["new_state"]
    if not old or not new or old["state"] == new["state"]:
        return None
    return StateChange(
        new["entity_id"], old["state"], new["state"], seconds(event["time_fired"])
    )


def microphone_opened(log: Path) -> float | None:
    """Return when the satellite's microphone was first opened, from its log."""
    for line in log.read_text(errors="replace").splitlines():
        if line.endswith("microphone open"):
            stamp = datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone()
            return stamp.timestamp()
    return None


def seconds(stamp: str) -> float:
    """Return an ISO time as seconds since the epoch."""
    return datetime.fromisoformat(stamp).timestamp()

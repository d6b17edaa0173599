"""Test the validation of events from a satellite."""

from __future__ import annotations

from typing import Any

import pytest
from wyoming.event import Event

from custom_components.hearken.errors import BadEventError
from custom_components.hearken.satellite.events import (
    AudioBegan,
    AudioEnded,
    RunRequested,
    RunStage,
    WakeWordHeard,
)
from custom_components.hearken.satellite.inbox import (
    AudioReceived,
    SatelliteMessage,
    SoundPlayed,
    read_message,
)

PHRASES = {"hey_jarvis": "hey jarvis"}
AUDIO = {"rate": 16000, "width": 2, "channels": 1}


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Event("audio-chunk", AUDIO, b"\0\0"), AudioReceived(b"\0\0")),
        (
            Event("audio-chunk", {**AUDIO, "timestamp": 80}, b"\0\0"),
            AudioReceived(b"\0\0", 80),
        ),
        (
            Event("audio-chunk", {**AUDIO, "timestamp": "soon"}, b"\0\0"),
            AudioReceived(b"\0\0"),
        ),
        (Event("audio-start", AUDIO), AudioBegan()),
        (Event("audio-stop"), AudioEnded()),
        (Event("played"), SoundPlayed()),
        (
            Event("detection", {"name": "hey_jarvis", "timestamp": -5}),
            WakeWordHeard("hey jarvis", "hey_jarvis"),
        ),
        (
            Event("run-pipeline", {"start_stage": "wake", "end_stage": "tts"}),
            RunRequested(RunStage.WAKE),
        ),
        (
            Event(
                "run-pipeline",
                {
                    "start_stage": "asr",
                    "end_stage": "tts",
                    "wake_word_name": "hey_jarvis",
                },
            ),
            RunRequested(RunStage.COMMAND, "hey jarvis"),
        ),
        (Event("hearken-settings", {}), None),
    ],
)
def test_events_become_messages(event: Event, message: SatelliteMessage | None) -> None:
    """Known events become typed messages; others are ignored."""
    assert read_message(event, PHRASES) == message


@pytest.mark.parametrize(
    ("event_type", "data", "payload"),
    [
        ("audio-chunk", {**AUDIO, "rate": 8000}, b"\0\0"),
        ("audio-chunk", AUDIO, b"\0"),
        ("audio-chunk", {}, b"\0\0"),
        ("detection", {"name": "x" * 200}, None),
        ("detection", {"name": ["hey_jarvis"]}, None),
        ("run-pipeline", {"start_stage": "tts", "end_stage": "tts"}, None),
        ("run-pipeline", {"start_stage": "wake"}, None),
        (
            "run-pipeline",
            {"start_stage": "asr", "end_stage": "tts", "wake_word_name": 5},
            None,
        ),
    ],
)
def test_nonsense_is_refused(
    event_type: str, data: dict[str, Any], payload: bytes | None
) -> None:
    """Invalid events raise an error and are not delivered."""
    with pytest.raises(BadEventError):
        read_message(Event(event_type, data, payload), PHRASES)

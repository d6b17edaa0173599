"""IDs of the server's entities."""

from __future__ import annotations

SPEECH = "stt.speech_speech_to_text"
STATE = "sensor.speech_state"
CONNECTED = "binary_sensor.speech_connection"
MODEL = "select.speech_speech_model"

"""Measure speech-to-text on recordings of people, beside faster-whisper."""

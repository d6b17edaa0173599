"""Measure what a house does when it is spoken to, beside faster-whisper's texts."""

"""Tests of wake word detection."""

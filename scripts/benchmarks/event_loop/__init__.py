"""Measure what speech costs Home Assistant's event loop."""

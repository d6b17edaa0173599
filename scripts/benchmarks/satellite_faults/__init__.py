"""Faults around a satellite, at random moments, and how soon it works again."""

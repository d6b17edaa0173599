"""Thresholds of wake words, found from what happens in the house."""

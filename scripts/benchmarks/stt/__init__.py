"""Measure speech-to-text; one module for each claim."""

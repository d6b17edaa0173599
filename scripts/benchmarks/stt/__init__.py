"""Measure speech-to-text, with one module for each claim."""

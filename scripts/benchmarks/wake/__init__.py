"""Measure wake words."""

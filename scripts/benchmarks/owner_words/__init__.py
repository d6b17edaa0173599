"""Measure what recordings of people make of wake words from text."""

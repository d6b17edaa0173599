"""Measure wake words that are made of text."""

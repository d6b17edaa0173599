"""Dialogues with a house, played against a real Home Assistant core."""

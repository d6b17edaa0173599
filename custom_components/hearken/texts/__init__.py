"""Texts in the language of Home Assistant."""

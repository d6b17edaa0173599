"""Texts in the language of the house."""

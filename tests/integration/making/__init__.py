"""Tests of the wake words that the owner makes and improves."""

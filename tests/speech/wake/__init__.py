"""Tests of wake words."""

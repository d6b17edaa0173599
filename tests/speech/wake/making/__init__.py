"""Tests of making wake words."""

"""Tests of voice activity and endpointing."""

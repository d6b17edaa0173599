"""Tests of how the embedded speech model is made."""

"""Tests of the speech server's package."""

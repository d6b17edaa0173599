"""Tests of the speech server."""

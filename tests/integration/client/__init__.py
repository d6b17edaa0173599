"""Tests of the way to the server."""

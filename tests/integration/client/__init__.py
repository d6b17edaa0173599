"""Tests of the client for the server."""

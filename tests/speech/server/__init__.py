"""Tests of the speech server, most of them against the running program."""

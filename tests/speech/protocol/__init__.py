"""Tests of the protocol beside its messages."""

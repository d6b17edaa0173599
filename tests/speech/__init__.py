"""Tests of the speech server and of what satellites share with it."""

"""Tests of recorded exchanges."""

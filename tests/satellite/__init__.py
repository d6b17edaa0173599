"""Tests of the satellite."""

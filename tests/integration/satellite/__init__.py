"""Tests of satellites in Home Assistant."""

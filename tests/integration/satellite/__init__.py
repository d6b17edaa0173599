"""Tests of a satellite in Home Assistant."""

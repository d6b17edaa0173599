"""Tests of a satellite's devices."""

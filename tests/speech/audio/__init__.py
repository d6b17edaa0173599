"""Tests of audio and features."""

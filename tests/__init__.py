"""Tests of Hearken."""

"""Tests of the speech models."""

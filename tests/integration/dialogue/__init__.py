"""Tests of understanding partial and final texts."""

"""Tests of what has to fit together without being run."""

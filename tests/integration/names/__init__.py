"""Tests of the names of the house."""

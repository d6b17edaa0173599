"""Tests of the Assist pipelines."""

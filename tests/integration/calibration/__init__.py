"""Tests of the thresholds that are found from what happens in the house."""

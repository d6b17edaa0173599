"""Tests of the commands of a satellite."""

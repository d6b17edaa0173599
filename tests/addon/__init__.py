"""Tests of the app's description, image and start scripts."""

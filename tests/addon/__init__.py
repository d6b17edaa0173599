"""Tests of the app's configuration, image and start scripts."""

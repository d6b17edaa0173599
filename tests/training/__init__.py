"""Tests of training the embedded speech model."""

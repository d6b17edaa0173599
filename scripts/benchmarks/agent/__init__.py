"""Measure what the conversation agent costs Home Assistant."""

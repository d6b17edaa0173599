"""Measure speech models."""

"""Tests of how the wake words that come with Hearken are learned."""

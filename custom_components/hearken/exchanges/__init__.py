"""Exchanges between people and satellites: recorded, and published as events."""

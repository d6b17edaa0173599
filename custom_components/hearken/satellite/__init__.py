"""A satellite: its connection, its exchanges, and playback on it."""

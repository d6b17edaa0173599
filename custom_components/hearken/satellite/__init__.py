"""A satellite: its connection, its turns, and the sound that goes to it."""

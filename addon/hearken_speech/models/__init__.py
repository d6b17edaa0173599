"""Speech models: which there are, which are here, and the one in use."""

"""Wake words and commands over what a satellite itself says."""

"""Hardware of a satellite: microphone and speaker."""

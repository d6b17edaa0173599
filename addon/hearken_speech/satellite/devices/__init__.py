"""Hardware of a satellite: microphone, speaker, lights and buttons."""

"""Where in the sound somebody speaks, and when an utterance is over."""

"""Audio in the internal format: 16 kHz, mono, 16 bit."""

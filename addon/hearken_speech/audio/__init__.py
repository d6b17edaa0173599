"""Audio as everything here uses it: 16 kHz, mono, 16 bit."""

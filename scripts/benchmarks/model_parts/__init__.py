"""Parts of the measurement of speech models."""

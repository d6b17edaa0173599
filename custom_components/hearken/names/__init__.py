"""The names of the house: gathered for speech-to-text, and learned when misheard."""

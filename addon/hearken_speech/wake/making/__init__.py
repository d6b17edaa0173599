"""Makes wake words out of text: speaks them, learns them, and sets their threshold."""

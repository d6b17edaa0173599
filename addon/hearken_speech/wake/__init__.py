"""Wake words: which ones there are, and hearing them in many streams at once."""

"""Wake words: the catalogue, and an engine that listens to many streams."""

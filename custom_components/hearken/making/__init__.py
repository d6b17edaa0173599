"""Wake words that the owner types: made by a speech server, followed from here."""

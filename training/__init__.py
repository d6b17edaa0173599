"""How Hearken's own speech model is made; no part of the app."""

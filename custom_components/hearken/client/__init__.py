"""The way to the speech server and to satellites; knows nothing of Home Assistant."""

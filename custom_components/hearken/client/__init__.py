"""Connections to the speech server and to satellites. Independent of Home Assistant."""

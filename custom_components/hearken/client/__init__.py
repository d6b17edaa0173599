"""Connections to the speech server and to satellites. No Home Assistant here."""

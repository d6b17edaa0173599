"""Hearken: local voice for Home Assistant, the speech server and satellite."""

"""Notices servers and satellites that announce themselves in the network."""

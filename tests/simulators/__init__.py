"""Simulated servers and satellites, including faulty ones."""

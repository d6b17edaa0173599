"""Tests of what the protocol needs beside messages."""

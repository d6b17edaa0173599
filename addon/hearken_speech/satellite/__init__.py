"""The satellite: a microphone and a speaker that Home Assistant connects to."""

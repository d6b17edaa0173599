"""Measure the load of speech on Home Assistant's event loop."""

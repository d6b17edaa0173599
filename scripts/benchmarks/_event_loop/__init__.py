"""Parts of the measurement of Home Assistant's event loop."""

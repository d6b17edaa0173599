"""Parts of `scripts/bench wake`."""

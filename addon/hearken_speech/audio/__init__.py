"""Sound as numbers: samples, conversion at the edge, and features."""

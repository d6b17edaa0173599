"""Test orders down to the packets at simulated devices of Xiaomi."""

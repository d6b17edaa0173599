"""End-to-end tests: a real Home Assistant, a real server, real satellites and sound."""

"""A complete house on one machine, for demo and tests: real programs, real sound."""

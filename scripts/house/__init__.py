"""A whole house on one machine: real programs, real sound, for demo and tests."""

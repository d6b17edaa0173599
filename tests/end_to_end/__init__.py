"""Whole ways: a real Home Assistant, a real server, a real satellite, real sound."""

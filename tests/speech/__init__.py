"""Tests of the speech package."""

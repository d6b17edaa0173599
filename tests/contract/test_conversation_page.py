"""Test that the page about conversations shows the dialogues that are played."""

from __future__ import annotations

from benchmarks.dialogue.page import PAGE, page


def test_examples_are_current() -> None:
    """`scripts/bench dialogue --page` would not change the page."""
    text = PAGE.read_text("utf-8")
    assert page(text) == text

"""Test counting misheard names, within limits."""

from __future__ import annotations

from custom_components.hearken.names.likeness import Name, SimilarName
from custom_components.hearken.names.mishearings import (
    PROPOSE_AFTER,
    Misheard,
    Mishearings,
)


def heard(text: str, entity_id: str = "light.lamp") -> SimilarName:
    """Return the candidates for a text."""
    return SimilarName(Name(entity_id, "Chandelier"), text, 0.8)


def test_third_time_counts() -> None:
    """The third occurrence counts, regardless of spelling."""
    mishearings = Mishearings()
    assert mishearings.note(heard("shandy lier")) is None
    assert mishearings.note(heard("candy lier")) is None
    assert mishearings.note(heard("shandy lier", "light.other")) is None
    assert mishearings.note(heard("Shandy  lier!")) is None
    assert mishearings.note(heard("shandy lier")) == Misheard(
        "light.lamp", "Chandelier", "shandy lier"
    )
    # After that, the count starts again.
    assert mishearings.note(heard("shandy lier")) is None


def test_memory_is_bounded() -> None:
    """The oldest entries are dropped."""
    mishearings = Mishearings()
    for _ in range(PROPOSE_AFTER - 1):
        assert mishearings.note(heard("first")) is None
    for number in range(1000):
        assert mishearings.note(heard(f"other {number}")) is None
    assert mishearings.note(heard("first")) is None

"""Test when the narrow beam is tried first."""

from hearken_speech.stt.beam import NarrowBeam


def _tries(narrow: NarrowBeam, texts: int, *, enough: bool) -> int:
    """Return how many of these texts try the narrow beam."""
    tries = 0
    for _ in range(texts):
        if narrow.is_worth_trying():
            tries += 1
            narrow.record(enough=enough)
    return tries


def test_it_is_tried_while_it_is_enough() -> None:
    """A model that is always sure never needs the wide beam."""
    assert _tries(NarrowBeam(), 50, enough=True) == 50


def test_it_is_given_up_where_it_is_not() -> None:
    """After a few failures it is tried only occasionally."""
    narrow = NarrowBeam()
    assert 2 <= _tries(narrow, 10, enough=False) <= 5
    assert _tries(narrow, 40, enough=False) == 4


def test_it_comes_back() -> None:
    """When it is enough again, it is used again."""
    narrow = NarrowBeam()
    _tries(narrow, 50, enough=False)
    _tries(narrow, 500, enough=True)
    assert _tries(narrow, 20, enough=True) == 20

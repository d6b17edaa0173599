"""Test that words that sound alike have a small distance."""

import random
from itertools import accumulate

import pytest

from hearken_speech.stt.phone_distance import PhoneTable, gap_distance, phone_distance


def test_a_phone_is_itself() -> None:
    """The distance of a phone to itself is zero."""
    assert phone_distance("p", "p") == 0.0


@pytest.mark.parametrize(
    ("near", "far"),
    [(("p", "b"), ("p", "s")), (("i", "e"), ("i", "k")), (("f", "θ"), ("f", "m"))],
)
def test_kin_are_nearer_than_strangers(
    near: tuple[str, str], far: tuple[str, str]
) -> None:
    """A difference in voicing or vowel height is small."""
    assert phone_distance(*near) < phone_distance(*far)
    assert phone_distance(*near) == phone_distance(*reversed(near))


def test_distances_are_in_order() -> None:
    """What is confused more often is nearer; nothing is farther than a stranger."""
    pairs = [("t", "tʃ"), ("p", "b"), ("i", "e"), ("f", "θ"), ("i", "k")]
    distances = [phone_distance(*pair) for pair in pairs]
    assert distances == sorted(set(distances))
    assert distances[-1] == 1.0
    assert gap_distance("ə") < phone_distance("f", "θ") < gap_distance("s") < 1.0


def test_diphthongs_that_end_alike_are_near() -> None:
    """The end of a diphthong counts where its start differs."""
    assert phone_distance("aʊ", "oʊ") < phone_distance("aʊ", "oi")


def test_weak_sounds_are_cheap_to_lose() -> None:
    """Losing a schwa costs less than losing a sibilant."""
    assert gap_distance("ə") < gap_distance("s")


def test_words_are_found_where_they_are() -> None:
    """Costs are zero at the matching boundaries, with the matching starts."""
    table = PhoneTable([("a", "b"), ("k", "l", "m")])
    heard = ("x", "a", "b", "k", "l", "m")
    prices, starts = table.align(heard, [0, 1, 3, 6])
    assert prices[0, 2] == 0.0
    assert starts[0, 2] == 1
    assert prices[1, 3] == 0.0
    assert starts[1, 3] == 3
    assert prices[0, 3] > 0.0


def test_words_begin_and_end_at_boundaries_only() -> None:
    """A word inside another word is not found."""
    table = PhoneTable([("a", "b")])
    prices, _ = table.align(("x", "a", "b", "y"), [0, 4])
    assert prices[0, 1] > 0.0


def test_no_words_at_all() -> None:
    """An empty text or table gives no match."""
    prices, _ = PhoneTable([]).align(("a",), [0, 1])
    assert prices.shape == (0, 2)


def _least_price(word: tuple[str, ...], heard: tuple[str, ...]) -> float:
    """Return the lowest cost of matching a word to the whole text, cell by cell."""
    costs = list(accumulate(map(gap_distance, word), initial=0.0))
    for phone in heard:
        before, costs = costs, [costs[0] + gap_distance(phone)]
        for place, own in enumerate(word):
            costs.append(
                min(
                    before[place] + phone_distance(own, phone),
                    before[place + 1] + gap_distance(phone),
                    costs[place] + gap_distance(own),
                )
            )
    return costs[-1]


def test_prices_are_the_least_there_are() -> None:
    """Matching all words at once gives the same costs as matching each alone."""
    choose = random.Random(4)  # noqa: S311 - test data
    phones = "aeiəpbtdkgszfvmnlɹ"
    words = [tuple(choose.choices(phones, k=choose.randint(1, 12))) for _ in range(900)]
    table = PhoneTable(words)
    heard = tuple(choose.choices(phones, k=14))
    boundaries = [0, 3, 4, 9, 14]
    prices, starts = table.align(heard, boundaries)
    for row in choose.sample(range(len(words)), 60):
        for column, end in enumerate(boundaries):
            spans = {
                start: _least_price(words[row], heard[start:end])
                for start in boundaries[: column + 1]
            }
            assert prices[row, column] == pytest.approx(min(spans.values()))
            assert spans[int(starts[row, column])] == pytest.approx(min(spans.values()))


def test_distances_add_up_exactly() -> None:
    """The table counts in twentieths: every distance must be a multiple."""
    phones = "aeiouəpbtdkgszʃʒfvθðmnŋlɹjwh"
    distances = {phone_distance(one, other) for one in phones for other in phones}
    for distance in distances | set(map(gap_distance, phones)):
        assert round(distance * 20) / 20 == distance

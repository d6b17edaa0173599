"""Test word errors."""

import pytest

from training.scoring import Score, rank, word_errors


@pytest.mark.parametrize(
    ("wanted", "got", "errors"),
    [
        ("turn on the light", "turn on the light", 0),
        ("turn on the light", "turn off the light", 1),
        ("turn on the light", "turn on light", 1),
        ("turn on the light", "please turn on the light", 1),
        ("turn on the light", "", 4),
        ("", "thank you", 2),
    ],
)
def test_word_errors(wanted: str, got: str, errors: int) -> None:
    """Substitutions, deletions and insertions count."""
    assert word_errors(wanted, got) == errors


def test_a_score_sums_up() -> None:
    """Scores are summed by words and by sentences."""
    score = Score()
    score.add("turn on the light", "turn off the light")
    score.add("good night", "good night")

    assert score.word_error == pytest.approx(1 / 6)
    assert score.exact_share == 0.5


def test_words_where_nobody_spoke_weigh_most() -> None:
    """One more text for nothing, of 48, counts like ten points of word error."""
    quiet = {"word_error": 0.12, "empty": 1.0}
    talkative = {"word_error": 0.03, "empty": 71 / 72}
    assert rank(quiet) < rank(talkative)
    assert rank(talkative) < rank({"word_error": 0.14, "empty": 1.0})
    assert rank({"word_error": 0.1}) < rank({"word_error": 0.11})


def test_short_answers_count() -> None:
    """A model that fails on short answers gets a worse score."""
    terse = {"word_error": 0.03, "short": 0.95}
    assert rank(terse) < rank({"word_error": 0.02, "short": 0.85})
    assert rank({"word_error": 0.02, "short": 0.95}) < rank(terse)


def test_people_count() -> None:
    """Of two models, the one that hears people better is kept."""
    robots = {"word_error": 0.02, "people_words": 0.6, "people_short": 0.9}
    people = {"word_error": 0.04, "people_words": 0.9, "people_short": 0.9}
    assert rank(people) < rank(robots)
    assert rank(people) < rank({**people, "people_empty": 0.9})
    assert rank(people) < rank({**people, "people_short": 0.8})
    assert rank(people) < rank({**people, "neural": 0.1})

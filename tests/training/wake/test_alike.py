"""Test the search for what sounds like a word."""

from training.wake import alike

WORDS = ["a", "commuter", "computer", "computers", "kitchen", "compute", "relax", "art"]


def test_what_sounds_alike_is_found_but_not_the_word() -> None:
    """One consonant less is alike; the word itself and its plural are not."""
    found = _alike("computer", WORDS)
    assert found["commuter"] == 1.0
    assert not found.keys() & {"computer", "computers", "kitchen"}
    assert not any("computer" in text for text in found)


def test_two_words_sound_like_one_across_their_border() -> None:
    """The end of one word and the begin of another make the word."""
    found = _alike("alexa", ["relax", "art", "a"])
    assert 0 < found["relax a"] < found["relax"]
    assert "art a" not in found


def test_closest_are_drawn_more_often() -> None:
    """Of many, those that cost little are preferred, and each is drawn once."""
    many = [alike.Alike(f"{number}", 1.0 + number // 100) for number in range(300)]
    drawn = alike.drawn(many, 60, seed=3)
    assert len(set(drawn)) == 60
    assert sum(int(text) < 100 for text in drawn) > 30
    assert drawn == alike.drawn(many, 60, seed=3)


def _alike(word: str, words: list[str]) -> dict[str, float]:
    """Return what sounds like a word, and how far it is from it."""
    found = alike.alike(word, words, alike.sounds_of(words))
    return {one.text: one.cost for one in found}

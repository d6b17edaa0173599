"""Test which phrases can be wake words."""

import pytest

from hearken_speech.wake.making.phrase import Phrase, PhraseError, check_phrase, says


@pytest.mark.parametrize(
    ("text", "language", "word_id", "advice"),
    [
        ("okay computer", "en", "okay_computer", None),
        ("Hallo Haus", "de-DE", "hallo_haus", None),
        ("小爱同学", "zh-Hans", "小爱同学", None),
        ("  Hey   Jarvis ", "en_US", "hey_jarvis", None),
        ("jarvis", "en", "jarvis", "short"),
    ],
)
def test_phrase_can_be_a_wake_word(
    text: str, language: str, word_id: str, advice: str | None
) -> None:
    """Its ID is the text in lower case with underscores."""
    phrase = check_phrase(text, language)
    assert (phrase.id, phrase.advice) == (word_id, advice)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("?!", "en", "empty"),
        ("bob", "en", "too_short"),
        ("turn on", "en", "too_common"),
        ("guten morgen", "de", "too_common"),
        ("one two three four five six", "en", "too_long"),
        ("computer", "qq", "unknown_language"),
        ("computer", "; rm", "unknown_language"),
    ],
)
def test_phrase_that_cannot_be_one_is_told_why(
    text: str, language: str, reason: str
) -> None:
    """Each reason has a word for programs and a sentence for people."""
    with pytest.raises(PhraseError) as e:
        check_phrase(text, language)
    assert e.value.reason == reason
    assert len(str(e.value)) > 10


def test_owner_may_insist_on_a_short_phrase() -> None:
    """With force, it is made all the same."""
    assert check_phrase("bob", "en", force=True).id == "bob"


def test_texts_that_say_the_phrase_are_found() -> None:
    """Only whole words count."""
    phrase = Phrase("okay computer", "en")
    assert says("Well, okay computer!", phrase)
    assert not says("okay computers", phrase)

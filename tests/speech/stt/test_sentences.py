"""Test how sentences of a client are judged by the sound."""

from functools import partial

import pytest

from hearken_speech.stt.sentences import judge

from .byte_tokens import Sound, byte_tokenizer, hypotheses

TOKENIZER = byte_tokenizer()
HEARD = "Turn off the memory lamp."


_Sound = partial(Sound, TOKENIZER)
_hypotheses = partial(hypotheses, TOKENIZER)


def test_sentences_are_judged_against_what_was_heard() -> None:
    """The margin is what a sentence lacks of the text, and the best comes first."""
    sound = _Sound({HEARD: -3, "Turn off the bedroom lamp.": -5})
    found = judge(
        _hypotheses(HEARD),
        ["turn on the hallway light", "turn off the bedroom lamp"],
        TOKENIZER,
        sound,
    )
    assert [one.text for one in found] == [
        "turn off the bedroom lamp",
        "turn on the hallway light",
    ]
    assert found[0].margin == pytest.approx(-2)
    assert not found[0].repairs


@pytest.mark.parametrize(
    ("heard", "sentence", "asked"),
    [
        (HEARD, "turn off the bedroom lamp", "Turn off the bedroom lamp."),
        ("plus the TV.", "pause the TV", "pause the TV."),
        ("Plus the TV.", "pause the TV", "Pause the TV."),
        ("Turn on the lamp one", "turn on lamp one", "Turn on lamp one"),
        ("turn on lamp", "turn on lamp one", "turn on lamp one"),
        ("on lamp one", "turn on lamp one", "turn on lamp one"),
        ("Turn the Lamp.", "turn off the lamp", "Turn off the Lamp."),
        ("打开客厅登", "打开客厅灯", "打开客厅灯"),
        ("Hello.", "what time is it", "What time is it."),
    ],
)
def test_words_that_both_share_stay_as_written(
    heard: str, sentence: str, asked: str
) -> None:
    """Case and marks are those of the decoder, who would find others improbable."""
    sound = _Sound({})
    judge(_hypotheses(heard), [sentence], TOKENIZER, sound)
    assert sound.asked == [[heard, asked]]


def test_sentence_is_put_into_the_text_that_is_most_like_it() -> None:
    """Fewer words are replaced in it."""
    sound = _Sound({})
    judge(
        _hypotheses("Nute the Living Rome TV.", "Nute the Living Room TV."),
        ["mute the living room TV"],
        TOKENIZER,
        sound,
    )
    assert sound.asked[0][1] == "Mute the Living Room TV."


def test_long_sentences_are_left_out() -> None:
    """They would take long, and nobody says them."""
    sound = _Sound({})
    assert not judge(_hypotheses(HEARD), ["turn on " * 100], TOKENIZER, sound)
    assert not judge(_hypotheses(HEARD), [], TOKENIZER, sound)

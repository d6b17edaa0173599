"""Test putting a name into a text, token by token."""

import pytest

from hearken_speech.stt.splicing import TokenText, encode

from .byte_tokens import byte_tokenizer, letters

WORDS = (("l", "a"), ("m", "p"), ("la", "mp"), ("\u0120", "lamp"), ("O", "b"))


def test_tokens_around_the_name_stay() -> None:
    """What the decoder wrote in its own way is not encoded anew."""
    tokenizer = byte_tokenizer(WORDS)
    before, after = letters(" turn the", tokenizer), letters(" lamp off", tokenizer)
    written = TokenText((*before, *letters(" over", tokenizer), *after), tokenizer)

    tokens = written.replace(9, 13, "Oberon")

    assert written.text == "turn the over lamp off"
    assert tokens == (*before, *tokenizer.encode(" Oberon"), *after)
    assert letters(" lamp", tokenizer) != tuple(tokenizer.encode(" lamp"))


@pytest.mark.parametrize(
    ("text", "heard", "name"),
    [
        (" Turn on the over on.", "over on", "Oberon"),
        (" over on off", "over on", "Oberon"),
        ("no space before it", "no", "Käthes Höhle"),
        (" schalte die Höle ein", "Höle", "Bärenhöhle"),
        (" schalte die Höle ein", "Höle ein", "Höhle"),
        ("打开书房抬灯。", "书房抬灯", "书房台灯"),
        (" 打开🙂抬灯", "抬灯", "台灯"),
        (" one word", "one word", "Señorita"),
    ],
)
@pytest.mark.parametrize("merges", [(), WORDS])
def test_text_is_what_the_tokens_say(
    text: str, heard: str, name: str, merges: tuple[tuple[str, str], ...]
) -> None:
    """The new tokens make the text with the name in it, whatever the script."""
    tokenizer = byte_tokenizer(merges)
    for tokens in (letters(text, tokenizer), tuple(tokenizer.encode(text))):
        written = TokenText(tokens, tokenizer)
        start = written.text.index(heard)
        replaced = written.replace(start, start + len(heard), name)
        assert tokenizer.decode([*replaced]).strip() == text.strip().replace(
            heard, name
        )


@pytest.mark.parametrize(("start", "end", "name"), [(1, 2, "b"), (0, 1, "a")])
def test_tokens_that_touch_the_name_stay(start: int, end: int, name: str) -> None:
    """A token that ends or begins where the name does is not joined with it."""
    tokenizer = byte_tokenizer((("a", "b"),))
    tokens = letters("ab", tokenizer)

    replaced = TokenText(tokens, tokenizer).replace(start, end, name)

    assert replaced == tokens
    assert tuple(tokenizer.encode("ab")) != tokens


def test_name_within_a_token_takes_the_rest_along() -> None:
    """Where a name begins or ends within a token, what else it says is kept."""
    tokenizer = byte_tokenizer((("a", "b"), ("ab", "c"), ("abc", "d")))
    written = TokenText(tokenizer.encode("abcd"), tokenizer)
    assert tokenizer.decode([*written.replace(1, 3, "XY")]) == "aXYd"
    written = TokenText(tokenizer.encode("yabcd"), tokenizer)
    assert tokenizer.decode([*written.replace(2, 4, "XY")]) == "yaXYd"


def test_space_is_no_token_of_its_own() -> None:
    """A tokenizer that lacks a merge gives the token that the model would write."""
    tokenizer = byte_tokenizer([("t", "e"), ("\u0120", "l")], unmerged=["\u0120te"])
    vocabulary = tokenizer.tokenizer
    assert vocabulary.encode(" te l t").tokens == [
        "\u0120",
        "te",
        "\u0120l",
        "\u0120",
        "t",
    ]

    tokens = encode(" te l t", tokenizer)

    written = [vocabulary.id_to_token(token) for token in tokens]
    assert written == ["\u0120te", "\u0120l", "\u0120", "t"]

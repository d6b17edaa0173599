"""Test the words of numbers."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.hearken.dialogue.numbers import (
    contradict,
    numbers_from,
    numbers_of,
)
from custom_components.hearken.dialogue.text import tokens_of
from custom_components.hearken.schedule.languages import load_languages, sentences_of
from tests.integration.dialogue.simulated_home import SimulatedHome

LANGUAGES = ("en", "de", "zh")
_EN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_EN_TENS = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"),
    "ninety",
)
_DE = (
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht"),
    *("neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn"),
    *("sechzehn", "siebzehn", "achtzehn", "neunzehn"),
)
_DE_TENS = (
    *("", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig"),
    *("achtzig", "neunzig"),
)
_ZH = "零一二三四五六七八九"


def _english(number: int, link: str) -> str:
    """Return a number as it is taught at school."""
    hundreds, rest = divmod(number, 100)
    words = [f"{_EN[hundreds]} hundred"] if hundreds else []
    if hundreds and rest and link:
        words.append(link)
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(_EN_TENS[tens] + (f"-{_EN[ones]}" if ones else ""))
    elif rest or not hundreds:
        words.append(_EN[rest])
    return " ".join(words)


def _german(number: int, one: str) -> str:
    """Return a number as it is taught at school."""
    hundreds, rest = divmod(number, 100)
    before = f"{_DE[hundreds] if hundreds > 1 else one}hundert" if hundreds else ""
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        low = f"{'ein' if ones == 1 else _DE[ones]}und" if ones else ""
        return f"{before}{low}{_DE_TENS[tens]}"
    return before if hundreds and not rest else before + _DE[rest]


def _chinese(number: int, two: str) -> str:
    """Return a number as it is taught at school."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{two if hundreds == 2 else _ZH[hundreds]}百" if hundreds else ""
    if hundreds and not tens and ones:
        text += "零"
    if tens:
        text += ("" if tens == 1 and not hundreds else _ZH[tens]) + "十"
    return text + (_ZH[ones] if ones or not number else "")


def _spellings(language: str, number: int) -> set[str]:
    """Return ways to say a number."""
    match language:
        case "en":
            return {_english(number, link) for link in ("", "and")}
        case "de":
            return {_german(number, one) for one in ("ein", "")}
    return {_chinese(number, two) for two in "二两"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_numbers(language: str) -> None:
    """Every number to 999 is read to its end, in digits and in words."""
    numbers = numbers_of(language)
    for number in range(1000):
        for text in {str(number), *_spellings(language, number)}:
            tokens = tokens_of(text)
            assert numbers.at(tokens, 0) == (len(tokens), number), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_of_times(language: str) -> None:
    """The schedule knows the same words."""
    load_languages()
    sentences = sentences_of(language)
    assert sentences is not None
    for number in range(241):
        for text in _spellings(language, number):
            assert sentences.times.number(text) == number, text


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "21.5", 21.5),
        ("en", "twenty-one point five", 21.5),
        ("en", "two and a half", 2.5),
        ("de", "21,5", 21.5),
        ("de", "einundzwanzig Komma fünf", 21.5),
        ("de", "anderthalb", 1.5),
        ("de", "dreissig", 30),
        ("de", "zwoundvierzig", 42),
        ("zh", "二十一点五", 21.5),
        ("zh", "百", 100),
    ],
)
def test_fractions_and_variants(language: str, text: str, value: float) -> None:
    """Decimals and halves are read, and what is said in place of the rule."""
    tokens = tokens_of(text)
    assert numbers_of(language).at(tokens, 0) == (len(tokens), value)


@pytest.mark.parametrize(
    ("language", "order", "data"),
    [
        ("en", "dim the floor lamp to thirty percent", {"brightness_pct": 30}),
        ("en", "dim the floor lamp to half", {"brightness_pct": 50}),
        ("en", "dim the floor lamp to a quarter", {"brightness_pct": 25}),
        ("en", "set the thermostat to 21.5 degrees", {"temperature": 21.5}),
        ("de", "dimme die Stehlampe auf ein Viertel", {"brightness_pct": 25}),
        ("de", "dimme die Stehlampe auf die Hälfte", {"brightness_pct": 50}),
        ("de", "Thermostat auf einundzwanzig Grad", {"temperature": 21}),
        ("de", "Thermostat auf einundzwanzig Komma fünf Grad", {"temperature": 21.5}),
        ("zh", "落地灯调到百分之三十", {"brightness_pct": 30}),
        ("zh", "落地灯调到百分之百", {"brightness_pct": 100}),
        ("zh", "落地灯调到一半", {"brightness_pct": 50}),
        ("zh", "恒温器调到二十一点五度", {"temperature": 21.5}),
    ],
)
def test_numbers_in_orders(language: str, order: str, data: dict[str, Any]) -> None:
    """An order carries the number that was said."""
    proposal = SimulatedHome(language).say(order)
    assert proposal is not None
    assert [dict(command.data) for command in proposal.commands] == [data]


@pytest.mark.parametrize(
    ("language", "text", "seconds"),
    [
        ("en", "half an hour", 1800),
        ("en", "a quarter of an hour", 900),
        ("en", "one and a half hours", 5400),
        ("de", "eine halbe Stunde", 1800),
        ("de", "eine Viertelstunde", 900),
        ("de", "anderthalb Stunden", 5400),
        ("de", "dreißig Minuten", 1800),
        ("zh", "半小时", 1800),
        ("zh", "一刻钟", 900),
    ],
)
def test_numbers_of_durations(language: str, text: str, seconds: float) -> None:
    """A duration is as long as was said."""
    load_languages()
    sentences = sentences_of(language)
    assert sentences is not None
    assert sentences.time(text)[0] == seconds


def test_language_of_data_alone() -> None:
    """A language that Unicode's rules do not know needs nothing but data."""
    numbers = numbers_from("qaa", {"words": {1: ["ba"], 20: ["bo ra"]}})
    assert numbers.at(("bo", "ra", "ba"), 0) == (2, 20)
    assert numbers.at(("bo",), 0) is None


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Set the brightness to 50%.", "en", {50}),
        ("set the brightness to fifty percent", "en", {50}),
        ("Thirty-three minutes", "en-GB", {33}),
        ("thirty three minutes and sixteen seconds", "en", {33, 16}),
        ("21.5 degrees", "en", {21.5}),
        ("turn on the light", "en", set()),
        # As likely to be "to", "for", and "the one in the kitchen".
        ("one, two, four", "en", set()),
        ("dimme auf fünfunddreißig Prozent", "de", {35}),
        ("ein Licht auf drei", "de_AT", {3}),
        ("调到50", "zh-CN", {50}),
        ("调到五十", "zh-CN", {50}),
        ("mets à cinquante, 20", "fr", {20}),
        ("9" * 50, "en", set()),
        ("", "en", set()),
    ],
)
def test_numbers_in_a_text(text: str, language: str, found: set[float]) -> None:
    """Digits are found in every language, words in those that we speak."""
    assert numbers_of(language).within(text) == found


@pytest.mark.parametrize(
    ("text", "other", "is_contradiction"),
    [
        ("brightness to 50%", "brightness to three", True),
        ("brightness to 50%", "brightness to fifty percent", False),
        ("brightness to 50%", "brightness", True),
        ("brightness 2 50%", "brightness to 50%", False),
        ("brightness to free", "brightness to three", False),
        ("lied", "light", False),
    ],
)
def test_contradiction(text: str, other: str, *, is_contradiction: bool) -> None:
    """A text with numbers is contradicted by one with others, or with none."""
    assert contradict(text, other, "en") is is_contradiction

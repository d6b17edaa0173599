"""Test the PIN: how it is spoken, and how often it may be wrong."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.pin import (
    LOCK_SECONDS,
    PinGuard,
    Verdict,
    spoken_digits,
)
from tests.integration.dialogue.simulated_home import words


@pytest.mark.parametrize(
    ("language", "text", "digits"),
    [
        ("en", "1234", "1234"),
        ("en", "1 2 3 4", "1234"),
        ("en", "1, 2, 3, 4.", "1234"),
        ("en", "1-2-3-4", "1234"),
        ("en", "1,234", "1234"),
        ("en", "0042", "0042"),
        ("en", "One two three four.", "1234"),
        ("en", "yes, the PIN is one two three four please", "1234"),
        ("en", "twelve thirty four", "1234"),
        ("en", "twenty one, 34", "2134"),
        ("en", "oh oh four two", "0042"),
        ("en", "zero zero four two", "0042"),
        ("en", "nineteen eighty four", "1984"),
        ("de", "eins zwei drei vier", "1234"),
        ("de", "Eins, zwo, drei, vier!", "1234"),
        ("de", "zwölf vierunddreißig", "1234"),
        ("de", "ja, die PIN lautet null null vier zwei", "0042"),
        ("zh", "一二三四", "1234"),
        ("zh", "幺二三四", "1234"),
        ("zh", "密码是零零四二", "0042"),
        ("zh", "1234。", "1234"),
        ("zh", "十二三十四", "1234"),
        # No PIN: an order, a refusal, something else.
        ("en", "no", ""),
        ("en", "yes", ""),
        ("en", "never mind", ""),
        ("en", "set it to thirty percent", ""),
        ("en", "turn on lamp 2", ""),
        ("en", "one point five", ""),
        ("de", "nein", ""),
        ("de", "mach die Lampe 2 an", ""),
        ("zh", "不用了", ""),
        ("en", "", ""),
    ],
)
def test_spoken_digits(language: str, text: str, digits: str) -> None:
    """Digits and number words of each language are a PIN, orders are none."""
    assert spoken_digits(text, words(language)) == digits


def test_right_pin() -> None:
    """The PIN is compared with its zeros; a longer one is another one."""
    guard = PinGuard("0042")
    assert guard.check("42", 0) is Verdict.WRONG
    assert guard.check("00421", 0) is Verdict.WRONG
    assert guard.check("0042", 0) is Verdict.RIGHT


def test_right_pin_ends_the_count() -> None:
    """Two wrong ones now and one tomorrow are no attack."""
    guard = PinGuard("1234")
    for _ in range(3):
        assert guard.check("1111", 0) is Verdict.WRONG
        assert guard.check("2222", 0) is Verdict.WRONG
        assert guard.check("1234", 0) is Verdict.RIGHT


def test_third_wrong_pin_locks() -> None:
    """After the third, even the right one is refused for a while."""
    guard = PinGuard("1234")
    assert guard.check("1111", 0) is Verdict.WRONG
    assert guard.check("1111", 1000) is Verdict.WRONG
    assert not guard.is_locked(2000)
    assert guard.check("1111", 2000) is Verdict.LOCKED
    assert guard.is_locked(2001)
    assert guard.check("1234", 2000 + LOCK_SECONDS - 1) is Verdict.LOCKED
    assert guard.check("1111", 2000 + LOCK_SECONDS) is Verdict.WRONG
    assert guard.check("1234", 2001 + LOCK_SECONDS) is Verdict.RIGHT


def test_no_pin_is_never_right() -> None:
    """Without a PIN, nothing is."""
    assert PinGuard().check("", 0) is Verdict.WRONG


def test_pin_is_in_no_text() -> None:
    """Whoever logs the guard logs no PIN."""
    assert "1234" not in repr(PinGuard("1234"))


def test_beginning_of_a_pin() -> None:
    """Whoever pauses after two digits is not interrupted."""
    guard = PinGuard("1234")
    assert not guard.may_be_whole("12")
    assert guard.may_be_whole("9999")

"""Test how figures are written for espeak-ng."""

import pytest

from hearken_speech.tts.figures import readable_figures


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("Es sind 21.5 °C.", "Es sind 21,5 Grad."),
        ("Es sind -5\u202f°C", "Es sind -5 Grad"),
        ("Es sind \u22125,5 ℃", "Es sind -5,5 Grad"),
        ("Der Wert ist 21.5.", "Der Wert ist 21,5."),
        ("0.25 kWh, 3,5 kWh", "0,25 kWh, 3,5 kWh"),
        ("60\u00a0% an", "60 % an"),
    ],
)
def test_german(text: str, readable: str) -> None:
    """Decimals have a comma, whoever wrote them, and degrees are a word."""
    assert readable_figures(text, "de") == readable


@pytest.mark.parametrize(
    "text",
    [
        "Am 28.11. ist Samstag, am 28.11.2026 auch.",
        "Um 7.30 Uhr, um 12:30 Uhr.",
        "Version 2026.10.4 unter 192.168.1.1",
        "1.000 Schritte, 1.234,5 Liter",
        "10-5 und E-Mail",
        "60 % von 20 W",
    ],
)
def test_what_is_no_decimal(text: str) -> None:
    """Dates, times, versions, addresses and thousands stay as they are."""
    assert readable_figures(text, "de") == text


@pytest.mark.parametrize(
    ("language", "text", "readable"),
    [
        ("en", "It is -5.5 °C, \u22123 %.", "It is -5.5 °C, -3 %."),
        ("fr", "Il fait -5.5 °C", "Il fait moins 5,5 °C"),
        ("es-419", "Son -2.5", "Son menos 2.5"),
        ("sv", "21.5 °C", "21,5 grader"),
        ("uk", "-5 °C, 60 %", "мінус 5 градусів, 60 відсотків"),
        ("pt-BR", "21.5", "21,5"),
        ("xx", "-5 °C", "-5 °C"),
    ],
)
def test_other_languages(language: str, text: str, readable: str) -> None:
    """Each language gets the words that espeak-ng lacks in it."""
    assert readable_figures(text, language) == readable

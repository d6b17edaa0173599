"""Test which choice a spoken answer selects."""

from __future__ import annotations

from typing import Any

import pytest
import voluptuous as vol

from custom_components.hearken.dialogue.choices import Choice, check_sentence, choose


@pytest.mark.parametrize(
    ("language", "said", "sentence", "slots"),
    [
        ("en", "50%", "{n} percent", {"n": "50"}),
        ("en", "50 %, please.", "{n}%", {"n": "50"}),
        ("en", "Fifty percent.", "{n}[%| percent]", {"n": "Fifty"}),
        ("de", "Auf 12,5 %!", "[auf] {n} Prozent", {"n": "12,5"}),
        ("zh-CN", "50%。", "百分之{n}", {"n": "50"}),
        ("tr", "%50", "yüzde {n}", {"n": "50"}),
        ("cy", "50%", "{n} %", {"n": "50"}),
        ("en", "3.5 degrees", "{n} degrees", {"n": "3.5"}),
        ("en", "Minus 5? No: -5 degrees.", "minus 5 no {n} degrees", {"n": "-5"}),
        ("en", "At 10:30.", "at {time}", {"time": "10:30"}),
        ("en", "70 percent", "{0..100:n} percent", {"n": 70}),
        ("en", "At 5 p.m.!", "at {time}", {"time": "5 pm"}),
        ("en", "O.K.", "ok", {}),
        ("en", "ok", "O.K.", {}),
        ("en", "It’s air-conditioned; R&B.", "it's air-conditioned R&B", {}),  # noqa: RUF001
        ("en", "—“Yes”…", "yes", {}),
        ("hi", "हाँ।", "हाँ", {}),
        ("ar", "نعم؟", "نعم", {}),
        ("am", "አዎ።", "አዎ", {}),
        ("ja", "「はい」、お願い〜。", "はい お願い", {}),
        ("ja", "ｵｯｹｰ", "オッケー", {}),
        ("zh", "ＯＫ，5０%！", "ok 百分之{n}", {"n": "50"}),  # noqa: RUF001
        ("ar", "نَعَمْ، شكرًا", "نعم شكرا", {}),
        ("ar", "نعم", "نَعَمْ", {}),
        ("ar", "٥٠٪", "{n} بالمئة", {"n": "50"}),  # noqa: RUF001
        ("he", "כֵּן", "כן", {}),
        ("hi", "५०", "{0..100:n}", {"n": 50}),
        ("th", "50%", "{n}เปอร์เซ็นต์", {"n": "50"}),
        ("th", "ทำ น้ำ", "ทำ {x}", {"x": "น้ำ"}),
        ("ru", "да\u0301", "да", {}),
        ("tr", "İyi", "iyi", {}),
        ("tr", "KAPI", "kapı", {}),  # noqa: RUF001
        ("de", "STRASSE", "Straße", {}),
        ("de", "In der Gasse", "in der {Ort}", {"Ort": "Gasse"}),
        ("de", "GROSSE Gasse", "große {Ort}", {"Ort": "gasse"}),
        ("en", "👍🏽 Yes!\ufeff", "yes", {}),
    ],
)
def test_answer_in_the_words_of_people(
    language: str, said: str, sentence: str, slots: dict[str, Any]
) -> None:
    """Punctuation of any script is no word, and numbers stay whole."""
    choice = Choice("this", (check_sentence(sentence),))
    answer = choose(said, [choice], language)
    assert answer is not None
    assert (answer.id, answer.slots) == ("this", slots)


@pytest.mark.parametrize(
    "sentence",
    [
        "{area:room}",
        "the light in {area:room} please",
        "[in] <area>",
        "{@anything}",
        "yes, please",
        "yes;no",
        "हाँ।",
        "no (",
        "[] ",
        "👍",
    ],
)
def test_sentences_that_no_answer_matches(sentence: str) -> None:
    """A sentence that cannot work is refused before anybody is asked."""
    with pytest.raises(vol.Invalid):
        check_sentence(sentence)

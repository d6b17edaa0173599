"""Test that Markdown, links and emoji are not spoken."""

import pytest

from hearken_speech.protocol.speakable import SpeakableText, speakable

CASES = {
    "emphasis": (
        "The **kitchen** light is *on*, ***really*** _on_, not ~~off~~.",
        "The kitchen light is on, really on, not off.",
    ),
    "heading": ("# Today\n\nIt is warm.", "Today.\n\nIt is warm."),
    "list": (
        "Buy:\n- Milk\n* **Eggs**\n+ Bread!\n• Tea\n  - [x] green\n",
        "Buy:\nMilk.\nEggs.\nBread!\nTea.\ngreen.\n",
    ),
    "numbers": ("1. Open\n2. Close\n", "1. Open.\n2. Close.\n"),
    "quote": ("> He said *no*\n> and left.", "He said no\nand left."),
    "rules": ("One\n---\nTwo\n***\n=====\nThree", "One\nTwo\nThree"),
    "table": (
        "| Room | °C |\n|:---|---:|\n| Bath | 22 |\n\nWarm.",
        "Room, °C.\nBath, 22.\n\nWarm.",
    ),
    "code": (
        "Do this:\n```yaml\n- alias: x\n  a: [1]\n```\nand `restart` it.",
        "Do this:\nand restart it.",
    ),
    "tildes": ("~~~\ncode\n```\n~~~\nDone.", "Done."),
    "link": (
        'See [the *docs*](https://a.b/c_(d) "Title"), [here][1] or ![a map](m.png).',
        "See the docs, here or a map.",
    ),
    "address": (
        "See https://a.b/c?d=1&e=2#f. Or (www.a.b), or <https://a.b>!",
        "See. Or, or!",
    ),
    "footnote": ("It is warm[^1].", "It is warm."),
    "html": ("A&amp;B is <b>on</b>.<br/>Yes", "A&B is  on . Yes"),
    "escaped": (r"5 \* 3, 1\. May, a\_b", "5 * 3, 1. May, a_b"),
    "emoji": (
        "Done 👍🏽! The family 👨‍👩‍👧‍👦 is in 🇩🇪 ❤️ and 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ☀️⭐.",
        "Done! The family is in and.",
    ),
    "keycaps": ("1️⃣ Open 2️⃣ Close", "1 Open 2 Close"),
    "chinese": (
        "**厨房**的灯已打开👍。\n- 牛奶\n- [鸡蛋](https://a.b)\n完",
        "厨房的灯已打开。\n牛奶。\n鸡蛋。\n完",
    ),
}
PLAIN = (
    "It is -5 °C, 21.5 °C at 60 %, 3,5 kWh for 1.50 €; 12:30.",
    "-5 °C",
    "2 * 3 = 6, 5*3, 3 < 5 > 2, 10 - 4 and 7 # 8",
    "lamp_1, snake_case_name, AT&T, C#, a@b.c, [unclosed",
    "Playing “Ænima” © 2026 № 7 ½ → next…",
    "Es ist 20 Uhr 15.\nGute Nacht!",
    "现在是21.5℃",
    "",
    " \n ",
)


@pytest.mark.parametrize(("text", "spoken"), CASES.values(), ids=CASES)
def test_what_is_spoken(text: str, spoken: str) -> None:
    """Only words, figures and stops remain."""
    assert speakable(text) == spoken


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Figures, units, signs and names are not Markdown."""
    assert speakable(text) == text


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("text", [*(text for text, _ in CASES.values()), *PLAIN])
def test_fragments_make_no_difference(text: str, length: int) -> None:
    """A marker, a link or a flag may be torn apart between two fragments."""
    cleaner = SpeakableText()
    parts = [
        cleaner.add(text[first : first + length])
        for first in range(0, len(text), length)
    ]
    assert "".join((*parts, cleaner.finish())) == speakable(text)


@pytest.mark.parametrize(
    "text", [spoken for name, (_, spoken) in CASES.items() if name != "escaped"]
)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """The server cleans what the integration has cleaned already."""
    assert speakable(text) == text


def test_text_comes_while_it_is_written() -> None:
    """Words do not wait for the end of their line, only links for theirs."""
    cleaner = SpeakableText()
    assert cleaner.add("The light") == "The"
    assert cleaner.add(" is on. Now") == " light is on."
    assert cleaner.add(" see [the") == " Now see"
    assert cleaner.add(" long story](https://a") == " "
    assert cleaner.add(".b) of it.\n") == "the long story of it.\n"
    assert cleaner.add("灯已打开。窗") == "灯已打开。窗"
    assert cleaner.finish() == ""


def test_unfinished_markup_is_spoken_as_it_stands() -> None:
    """What never closes is no link; code that never ends is still code."""
    assert speakable("A [word and **more") == "A [word and more"
    assert speakable("Look:\n```\nx = 1\n") == "Look:\n"


def test_held_text_is_bounded() -> None:
    """A bracket that is never closed does not hold back the rest for ever."""
    cleaner = SpeakableText()
    spoken = "".join(cleaner.add("[word ") for _ in range(1000))
    assert len(spoken) > 5000

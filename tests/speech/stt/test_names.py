"""Test repairing names only when the match is certain."""

import tracemalloc
from collections.abc import Iterable
from typing import override

import pytest

from hearken_speech.stt.engine import Hypothesis
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.naming import NameMatcher
from hearken_speech.stt.phonemes import Phones, Pronouncer

ENGLISH = [
    "Zephyr lamp",
    "Lumi",
    "Nautilus",
    "Ficus spotlight",
    "Hue Iris",
    "desk lamp",
]
GERMAN = ["Jalousie Süd", "Kuschelecke", "Zeppelin", "Lesesessel", "Wintergarten"]
CHINESE = ["书房台灯", "星空投影仪", "小白空调", "花园水泵", "阳台晾衣架"]


def _hypothesis(text: str, average: float) -> Hypothesis:
    """Return an alternative of the decoder."""
    return Hypothesis(
        text=text,
        average_log_probability=average,
        total_log_probability=average * 10,
        tokens=(),
    )


@pytest.mark.parametrize(
    ("language", "names", "heard", "repaired"),
    [
        ("en", ENGLISH, "turn on the zeffer lamp", "turn on the Zephyr lamp"),
        ("en", ENGLISH, "switch on the loomy.", "switch on the Lumi."),
        ("en", ENGLISH, "dim fickus spot light now", "dim Ficus spotlight now"),
        ("de", GERMAN, "Schalte das Zepelin ein", "Schalte das Zeppelin ein"),
        ("de", GERMAN, "mach die jalusi süd zu", "mach die Jalousie Süd zu"),
        ("de", GERMAN, "Licht Kuschel Ecke an", "Licht Kuschelecke an"),
        ("zh", CHINESE, "打开书房抬灯", "打开书房台灯"),
        ("zh", CHINESE, "打开新空投影仪", "打开星空投影仪"),
    ],
)
def test_misheard_names_are_repaired(
    pronouncer: Pronouncer, language: str, names: list[str], heard: str, repaired: str
) -> None:
    """The misheard words become the name; the rest stays unchanged."""
    repair = NameMatcher(NameIndex(names, language, pronouncer)).repair(heard)
    assert repair is not None
    assert repair.text == repaired
    assert repair.heard in heard
    assert repair.name in repaired


@pytest.mark.parametrize(
    ("language", "names", "text"),
    [
        ("en", ENGLISH, "turn on the Zephyr lamp"),
        ("en", ENGLISH, "turn on the desk lamp"),
        ("en", ENGLISH, "turn on the light in the kitchen"),
        ("en", ENGLISH, "what time is it"),
        ("en", ENGLISH, "turn off all the lamps"),
        ("en", ENGLISH, ""),
        ("de", GERMAN, "schalte das Licht in der Küche ein"),
        ("de", GERMAN, "mach den Wintergarten dunkel"),
        ("zh", CHINESE, "打开客厅的灯"),
        ("zh", CHINESE, "现在几点"),
        ("zh", CHINESE, "关闭花园水泵"),
    ],
)
def test_right_texts_stay_as_they_are(
    pronouncer: Pronouncer, language: str, names: list[str], text: str
) -> None:
    """A text with a correct name, or without any, is not changed."""
    assert NameMatcher(NameIndex(names, language, pronouncer)).repair(text) is None


def test_two_names_that_sound_alike_are_not_guessed(pronouncer: Pronouncer) -> None:
    """Without a margin over the second-best name, nothing is repaired."""
    matcher = NameMatcher(NameIndex(["Marla", "Carla"], "en", pronouncer))
    assert matcher.repair("call tarla now") is None


def test_name_inside_a_longer_name_is_no_rival(pronouncer: Pronouncer) -> None:
    """A longer name is repaired although it contains a shorter one."""
    matcher = NameMatcher(NameIndex(["Zephyr", "Zephyr lamp"], "en", pronouncer))
    repair = matcher.repair("turn on the zeffer lamp")
    assert repair is not None
    assert repair.name == "Zephyr lamp"


def test_short_names_are_not_found_by_chance(pronouncer: Pronouncer) -> None:
    """Names of two sounds are not repaired, since they match everywhere."""
    assert (
        NameMatcher(NameIndex(["Bo"], "en", pronouncer)).repair("turn it low") is None
    )


def test_alternative_with_a_name_is_chosen(pronouncer: Pronouncer) -> None:
    """A close alternative with a name replaces a best text that only sounds like it."""
    matcher = NameMatcher(NameIndex(ENGLISH, "en", pronouncer))
    hypotheses = [
        _hypothesis("turn on the zeffer lamb", -0.20),
        _hypothesis("turn on the heifer lamp", -0.25),
        _hypothesis("turn on the zephyr lamp", -0.30),
    ]
    assert matcher.choose(hypotheses) == 2


@pytest.mark.parametrize(
    "hypotheses",
    [
        [("turn on the desk lamp", -0.2), ("turn on the zephyr lamp", -0.21)],
        [("turn on the zeffer lamb", -0.2), ("turn on the zephyr lamp", -3.0)],
        [("what time is it", -0.2), ("turn on the desk lamp", -0.3)],
    ],
)
def test_best_text_stays_where_it_is_right_or_far_ahead(
    pronouncer: Pronouncer, hypotheses: list[tuple[str, float]]
) -> None:
    """An alternative must be close and sound alike, and the best have no name."""
    matcher = NameMatcher(NameIndex(ENGLISH, "en", pronouncer))
    assert matcher.choose([_hypothesis(*one) for one in hypotheses]) == 0


def test_contained_names_ignore_case_and_marks(pronouncer: Pronouncer) -> None:
    """Names are matched as whole words."""
    matcher = NameMatcher(NameIndex(["Lumi", "desk lamp"], "en", pronouncer))
    assert matcher.contained("Turn on LUMI, please.") == ["Lumi"]
    assert matcher.contained("illuminate the desk lamps") == []


def test_many_names_and_odd_ones_are_no_problem(pronouncer: Pronouncer) -> None:
    """Hundreds of names with duplicates, blanks and symbols are accepted."""
    names = [
        *ENGLISH,
        "",
        "   ",
        "!!!",
        "Lumi",
        "lumi",
        *(f"Lamp {n}" for n in range(300)),
    ]
    matcher = NameMatcher(NameIndex(names, "en", pronouncer))
    repair = matcher.repair("switch on the nautillus")
    assert repair is not None
    assert repair.name == "Nautilus"
    assert (
        NameMatcher(NameIndex([], "en", pronouncer)).repair("turn on the zeffer lamp")
        is None
    )


def test_letters_serve_where_nothing_speaks() -> None:
    """Without espeak-ng, a misspelt name is still repaired."""
    matcher = NameMatcher(NameIndex(ENGLISH, "en", Pronouncer(None)))
    repair = matcher.repair("turn on the nautillus")
    assert repair is not None
    assert repair.name == "Nautilus"


def test_absurdly_long_name_costs_no_memory(pronouncer: Pronouncer) -> None:
    """The long name is matched literally, and the others as usual."""
    long = " ".join(["lamp"] * 250)
    others = [f"lamp {number}" for number in range(500)]
    pronouncer.pronounce([word for name in others for word in name.split()], "en")
    tracemalloc.start()
    matcher = NameMatcher(NameIndex([long, "Lumi", *others], "en", pronouncer))
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 3_000_000
    assert matcher.contained(f"turn on {long}") == [long]
    repaired = matcher.repair("turn on the loomy")
    assert repaired is not None
    assert repaired.name == "Lumi"


class _CountingPronouncer(Pronouncer):
    """A pronouncer that records its calls."""

    def __init__(self) -> None:
        """Start without calls."""
        super().__init__()
        self.asked: list[tuple[str, ...]] = []

    @override
    def pronounce(self, words: Iterable[str], language: str) -> list[Phones]:
        """Record the words."""
        self.asked.append(tuple(words))
        return super().pronounce(self.asked[-1], language)


@pytest.mark.parametrize(
    "texts",
    [
        ["turn on the zeffer lamp", "turn on the heifer lamp"],
        ["turn on the heifer lamp", "turn on the Zephyr lamp", "turn on the Lumi"],
        ["turn on the shower", "turn on the Lumi", "turn on Hue Iris", "a desk lamp"],
    ],
)
def test_text_is_pronounced_once(texts: list[str]) -> None:
    """Choice and repair share the pronunciation of one text."""
    pronouncer = _CountingPronouncer()
    index = NameIndex(ENGLISH, "en", pronouncer)
    pronouncer.asked.clear()
    NameMatcher(index).settle([_hypothesis(text, -0.3) for text in texts])
    assert pronouncer.asked == [tuple(texts[0].split())]


def test_text_that_contains_a_name_is_not_pronounced() -> None:
    """A text that literally contains a name needs no pronunciation."""
    pronouncer = _CountingPronouncer()
    index = NameIndex(ENGLISH, "en", pronouncer)
    pronouncer.asked.clear()
    texts = ["turn on the Zephyr lamp", "turn on the zeffer lamp", "turn on the Lumi"]
    named = NameMatcher(index).settle([_hypothesis(text, -0.3) for text in texts])
    assert named.text == texts[0]
    assert not pronouncer.asked

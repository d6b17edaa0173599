"""Test finding what sounds like a name of the house."""

import tracemalloc

import pytest

from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.reading import Reading

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


def _found(index: NameIndex, text: str, most: int = 6) -> list[tuple[str, str]]:
    """Return the words that sound like a name, and the name, the most alike first."""
    reading = Reading(text, index.language, index.pronouncer)
    return [
        (
            text[reading.words[span.first].start : reading.words[span.last].end],
            index.names[span.name],
        )
        for span in index.spans(reading, most)
    ]


@pytest.mark.parametrize(
    ("language", "names", "text", "heard", "name"),
    [
        ("en", ENGLISH, "turn on the zeffer lamp", "zeffer lamp", "Zephyr lamp"),
        ("en", ENGLISH, "switch on the loomy.", "loomy", "Lumi"),
        ("en", ENGLISH, "dim fickus spot light", "fickus spot light", ENGLISH[3]),
        ("en", ["Lamp Zeppelin"], "dim lamp sepia", "lamp sepia", "Lamp Zeppelin"),
        ("de", GERMAN, "Schalte das Zepelin ein", "Zepelin", "Zeppelin"),
        ("de", GERMAN, "mach die jalusi süd zu", "jalusi süd", "Jalousie Süd"),
        ("de", GERMAN, "Licht Kuschel Ecke an", "Kuschel Ecke", "Kuschelecke"),
        ("zh", CHINESE, "打开书房抬灯", "书房抬灯", "书房台灯"),
        ("zh", CHINESE, "打开新空投影仪", "新空投影仪", "星空投影仪"),
    ],
)
def test_misheard_name_is_the_most_alike(
    pronouncer: Pronouncer,
    language: str,
    names: list[str],
    text: str,
    heard: str,
    name: str,
) -> None:
    """The words that stand for the name are found, and nothing around them."""
    assert _found(NameIndex(names, language, pronouncer), text)[0] == (heard, name)


@pytest.mark.parametrize("text", ["", "...", "🙂", "turn on the desk lamp"])
def test_nothing_is_found_where_nothing_is_misheard(
    pronouncer: Pronouncer, text: str
) -> None:
    """A text without words has no names, and a name does not stand for itself."""
    index = NameIndex(["desk lamp"], "en", pronouncer)
    assert not _found(index, text)


def test_every_name_that_sounds_alike_is_found(pronouncer: Pronouncer) -> None:
    """Likeness only proposes: which of two names was said is for the sound to say."""
    index = NameIndex(["Marla", "Carla", "Zeppelin"], "en", pronouncer)
    assert _found(index, "call tarla now", 2) == [
        ("tarla", "Marla"),
        ("tarla", "Carla"),
    ]


def test_longer_name_comes_before_its_beginning(pronouncer: Pronouncer) -> None:
    """Of two names that are equally alike, the one that explains more is first."""
    index = NameIndex(["Zephyr", "Zephyr lamp"], "en", pronouncer)
    assert _found(index, "turn on the zeffer lamp", 1) == [
        ("zeffer lamp", "Zephyr lamp")
    ]


@pytest.mark.parametrize("device", ["light", "blinds", "heater", "desk lamp"])
@pytest.mark.parametrize(
    ("room", "other"),
    [
        *(("kitchen", "Office"), ("kitchen", "Attic"), ("bedroom", "Office")),
        *(("bathroom", "Kitchen"), ("office", "Bedroom"), ("garage", "Office")),
    ],
)
def test_other_rooms_are_not_taken_for_this_one(
    pronouncer: Pronouncer, room: str, other: str, device: str
) -> None:
    """What differs has to be alike by itself: the device in both names is no help."""
    index = NameIndex([f"{other} {device}"], "en", pronouncer)

    assert not _found(index, f"turn on the {room} {device}")


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [
        ("en", "Heater kitchen", "turn on the heater"),
        ("de", "Lampe Küche", "schalte die Lampe Flur ein"),
        ("zh", "阳台晾衣架", "打开阳台水泵"),
    ],
)
def test_same_beginning_is_no_help(
    pronouncer: Pronouncer, language: str, name: str, text: str
) -> None:
    """What follows the same word has to be alike by itself, too."""
    assert not _found(NameIndex([name], language, pronouncer), text)


def test_everyday_words_are_not_given_up_cheaply(pronouncer: Pronouncer) -> None:
    """Of two places that sound alike, the one without common words is better."""
    index = NameIndex(["Loomy"], "en", pronouncer)
    ((heard, _),) = _found(index, "turn on the lumi")
    assert heard == "lumi"
    assert not _found(NameIndex(["Thelan"], "en", pronouncer), "turn the lamp on")


def test_short_names_are_not_found_by_chance(pronouncer: Pronouncer) -> None:
    """Names of two sounds are found everywhere."""
    assert not _found(NameIndex(["Bo"], "en", pronouncer), "turn it low")


def test_many_names_and_odd_ones_are_no_problem(pronouncer: Pronouncer) -> None:
    """Hundreds of names with duplicates, blanks and symbols are accepted."""
    odd = ["", "   ", "!!!", "Lumi", "lumi"]
    names = [*ENGLISH, *odd, *(f"Lamp {n}" for n in range(300))]
    index = NameIndex(names, "en", pronouncer)
    found = _found(index, "switch on the nautillus")
    assert found[0] == ("nautillus", "Nautilus")
    assert len(found) <= 6
    assert not _found(NameIndex([], "en", pronouncer), "turn on the zeffer lamp")


def test_letters_serve_where_nothing_speaks() -> None:
    """Without espeak-ng, a misspelt name is still found."""
    index = NameIndex(ENGLISH, "en", Pronouncer(None))
    assert _found(index, "turn on the nautillus")[0] == ("nautillus", "Nautilus")


@pytest.mark.parametrize("said", ["loomy is on", "switch on loomy"])
def test_same_sound_is_wholly_alike(pronouncer: Pronouncer, said: str) -> None:
    """Wherever in the text it is, and however it is written."""
    index = NameIndex(["Lumi"], "en", pronouncer)
    (span,) = index.spans(Reading(said, "en", pronouncer), 1)
    assert span.likeness == 1.0


def test_single_letters_are_not_alike() -> None:
    """Another letter after the same word is another name."""
    index = NameIndex(["lamp b"], "en", Pronouncer(None))
    assert not _found(index, "lamp x")


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        ("hobkitchen", True),
        ("kitchenette", True),
        ("hobkitche", True),
        ("hobnette", True),
        ("mobkitchen", False),
        ("hobkitchenek", False),
    ],
)
def test_name_with_something_left_out(said: str, *, is_part: bool) -> None:
    """What is missing is a syllable or more, in one place; the rest is the same."""
    index = NameIndex(["hobkitchenette"], "en", Pronouncer(None))
    reading = Reading(said, "en", index.pronouncer)
    (span,) = index.spans(reading, 1)
    assert span.is_part is is_part


def test_absurdly_long_name_costs_no_memory(pronouncer: Pronouncer) -> None:
    """The long name is never alike, and the others are found as usual."""
    long = " ".join(["lamp"] * 250)
    others = [f"lamp {number}" for number in range(500)]
    pronouncer.pronounce([word for name in others for word in name.split()], "en")
    tracemalloc.start()
    index = NameIndex([long, "Lumi", *others], "en", pronouncer)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 3_000_000
    assert _found(index, "turn on the loomy")[0] == ("loomy", "Lumi")
    assert long not in [name for _, name in _found(index, f"turn on {long}")]

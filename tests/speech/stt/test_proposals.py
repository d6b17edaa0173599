"""Test which names are proposed: alike names, judged by the sound."""

from collections.abc import Callable
from functools import partial

import pytest

from hearken_speech.stt.engine import Hypothesis
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer
from hearken_speech.stt.proposals import Proposal, ProposalSettings, propose

from .byte_tokens import Sound, byte_tokenizer, hypotheses, letters

TOKENIZER = byte_tokenizer()
NAMES = ["Zephyr lamp", "Nautilus", "Ficus spotlight", "Porch light", "Marlowe"]


_Sound = partial(Sound, TOKENIZER)
_hypotheses = partial(hypotheses, TOKENIZER)


type Proposed = Callable[..., tuple[Proposal, ...]]


@pytest.fixture
def proposed(pronouncer: Pronouncer) -> Proposed:
    """Return a function that proposes names for texts, with a sound."""
    index = NameIndex(NAMES, "en", pronouncer)

    def call(sound: Sound, *texts: str) -> tuple[Proposal, ...]:
        return propose(_hypotheses(*texts), index, TOKENIZER, sound)

    return call


def test_name_that_fits_the_sound_is_proposed(proposed: Proposed) -> None:
    """The text has the name in place of what was heard, and says so."""
    sound = _Sound({"turn on the zeffer lamp": -4, "turn on the zephyr lamp": -6})

    (proposal,) = proposed(sound, "turn on the zeffer lamp")

    assert proposal.text == "turn on the Zephyr lamp"
    assert [repair.as_dict() for repair in proposal.repairs] == [
        {"heard": "zeffer lamp", "name": "Zephyr lamp"}
    ]
    assert proposal.margin == pytest.approx(-2)


def test_name_may_be_found_in_any_alternative(proposed: Proposed) -> None:
    """What the best text hides, another one may show."""
    texts = ("turn on the heater", "turn on that", "turn on the fickus spot light")
    sound = _Sound({texts[0]: -3, "turn on the ficus spotlight": -5})

    (proposal,) = proposed(sound, *texts)

    assert proposal.text == "turn on the Ficus spotlight"
    assert proposal.margin == pytest.approx(-2)


def test_less_alike_name_must_fit_the_sound_better(proposed: Proposed) -> None:
    """The same margin is enough for a name that sounds the same, and for it alone."""
    alike = _Sound({"turn on the marlow": -2, "turn on the marlowe": -12})
    assert [one.text for one in proposed(alike, "turn on the marlow")] == [
        "turn on the Marlowe"
    ]
    unlike = _Sound({"turn on the barley": -2, "turn on the marlowe": -12})
    assert not proposed(unlike, "turn on the barley")


def test_best_is_what_exceeds_its_own_margin_most(pronouncer: Pronouncer) -> None:
    """A name that sounds the same comes before one that is a little more probable."""
    index = NameIndex(["Marlowe", "Barlow"], "en", pronouncer)
    sound = _Sound(
        {
            "turn on the marlow": -2,
            "turn on the marlowe": -7,
            "turn on the barlow": -5,
        }
    )

    found = propose(_hypotheses("turn on the marlow"), index, TOKENIZER, sound)

    assert [(one.text.split()[-1], one.margin) for one in found] == [
        ("Marlowe", -5),
        ("Barlow", -3),
    ]


@pytest.mark.parametrize(("probability", "fits"), [(-54, True), (-54.5, False)])
def test_only_the_difference_counts(
    proposed: Proposed, probability: float, *, fits: bool
) -> None:
    """A name that sounds the same may be less probable by 14, in any text."""
    sound = _Sound({"turn on the marlow": -40, "turn on the marlowe": probability})

    assert bool(proposed(sound, "turn on the marlow")) is fits


def test_one_name_leaves_room_for_others(proposed: Proposed) -> None:
    """Of many texts with one name, the decoder is asked for two."""
    sound = _Sound({})
    texts = [f"turn on {word} nautilis" for word in ("the", "a", "her", "his", "our")]

    proposed(sound, *texts, "turn on the barley")

    asked = sound.asked[0][1:]
    assert sum("nautilus" in text for text in asked) == 2
    assert any("marlowe" in text for text in asked)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn on the bed light", "Porch light"),
        ("turn on the bench light", "Porch light"),
        ("turn on the glow lamp", "Floor lamp"),
        ("turn on the dining room lamp", "living room lamp"),
        ("close the bathroom blinds", "bedroom blinds"),
        ("add roast to the shopping list", "Rosie"),
        ("add bacon to the shopping list", "Kraken"),
        ("add cake to the shopping list", "Kraken"),
        ("add granola", "Gondola"),
        ("with some brown sugar", "Oberon"),
        ("a cappuccino", "Papageno"),
    ],
)
def test_right_text_is_not_changed_to_what_only_sounds_alike(
    pronouncer: Pronouncer, text: str, name: str
) -> None:
    """Where the decoder hears what was said, a name needs more than likeness.

    All of these were changed when likeness alone decided. The decoder finds the text
    with the name less probable by 13 or more.
    """
    sound = _Sound({text: -2}, otherwise=-15)
    index = NameIndex([name], "en", pronouncer)
    assert not propose(_hypotheses(text), index, TOKENIZER, sound)


def test_proposals_are_few_and_the_best_is_first(pronouncer: Pronouncer) -> None:
    """Of many names that sound alike, a few are scored, in one batch."""
    names = [f"Nautil{ending}" for ending in ("us", "as", "is", "os", "es", "ux", "ix")]
    names += [f"Nautilus {number}" for number in ("one", "two", "three", "four")]
    index = NameIndex(names, "en", pronouncer)
    sound = _Sound({"turn on the nautilos": 8.0}, otherwise=-2.0)

    proposals = propose(
        _hypotheses("turn on the nautilis", "turn on a nautiless"),
        index,
        TOKENIZER,
        sound,
    )

    assert len(sound.asked) == 1
    assert len(sound.asked[0]) == 1 + ProposalSettings().candidates
    assert len({one.text for one in proposals}) == len(proposals)
    assert len(proposals) <= 6
    assert proposals[0].text == "turn on the Nautilos"


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        ([], ["turn on the zeffer lamp"]),
        (["Nautilus"], ["..."]),
        (["Nautilus"], ["turn on the Nautilus.", "Turn on the nautilus!"]),
        (["Nautilus"], ["turn on the nautilis", "turn on the nautilus"]),
    ],
)
def test_nothing_is_scored_without_need(
    pronouncer: Pronouncer, names: list[str], texts: list[str]
) -> None:
    """No names, no words, and texts that were heard cost the decoder nothing."""
    sound = _Sound({}, otherwise=-1.0)
    index = NameIndex(names, "en", pronouncer)
    assert not propose(_hypotheses(*texts), index, TOKENIZER, sound)
    assert not sound.asked


@pytest.mark.parametrize(
    ("language", "names", "heard", "right"),
    [
        ("de", ["Bärenhöhle"], "schalte die Berenhöle ein", "Bärenhöhle"),
        ("de", ["Jalousie Süd"], "öffne die jalusi süd", "Jalousie Süd"),
        ("zh", ["书房台灯"], "打开书房抬灯。", "书房台灯"),
        ("en", ["Señorita"], "turn on the seniorita", "Señorita"),
    ],
)
def test_names_in_any_script_are_proposed(
    pronouncer: Pronouncer, language: str, names: list[str], heard: str, right: str
) -> None:
    """Umlauts and Chinese characters are several tokens each."""
    index = NameIndex(names, language, pronouncer)
    sound = _Sound({}, otherwise=-2.0)
    proposals = propose(_hypotheses(heard), index, TOKENIZER, sound)
    assert right in proposals[0].text
    assert sound.asked[0][1] in {proposals[0].text, proposals[0].text.lower()}


def test_model_without_capitals_is_asked_in_its_own_way(
    pronouncer: Pronouncer,
) -> None:
    """The name is scored as the model would write it, and proposed as it is."""
    index = NameIndex(["Nautilus"], "en", pronouncer)
    small, large = (_Sound({}, otherwise=-2.0) for _ in range(2))
    proposals = [
        propose(_hypotheses("turn on nautilis"), index, TOKENIZER, small),
        propose(_hypotheses("Turn on nautilis"), index, TOKENIZER, large),
    ]
    assert small.asked[0][1] == "turn on nautilus"
    assert large.asked[0][1] == "Turn on Nautilus"
    assert all(found[0].text.endswith(" on Nautilus") for found in proposals)


def test_text_that_is_not_what_its_tokens_say_is_left_out(
    pronouncer: Pronouncer,
) -> None:
    """A text that was repeated is delivered once, but its tokens repeat it."""
    tokens = letters(" the zeffer lamp. the zeffer lamp.", TOKENIZER)
    repeated = Hypothesis(
        text="the zeffer lamp.",
        tokens=tokens,
        average_log_probability=-0.3,
        total_log_probability=-3.0,
    )
    index = NameIndex(NAMES, "en", pronouncer)
    sound = _Sound({}, otherwise=-1.0)
    assert not propose([repeated], index, TOKENIZER, sound)


@pytest.mark.parametrize(
    ("heard", "score", "names"),
    [
        ("turn on the bath light", -6, []),
        ("turn on the bathlight", -6, []),
        ("turn on the bath light", -2.5, ["Bathroom light"]),
        ("turn on the bathrum light", -6, ["Bathroom light"]),
    ],
)
def test_a_syllable_that_was_not_said(
    pronouncer: Pronouncer, heard: str, score: float, names: list[str]
) -> None:
    """A name that is longer by one must fit the sound as well as what was heard."""
    index = NameIndex(["Bathroom light"], "en", pronouncer)
    sound = _Sound({heard: -2, "turn on the bathroom light": score})

    found = propose(_hypotheses(heard), index, TOKENIZER, sound)

    assert [one.repairs[0].name for one in found] == names

"""Test that the guard refuses phantom texts and accepts spoken ones."""

import json
from importlib import resources

import numpy as np
import pytest

from hearken_speech.stt.engine import (
    DecodeOptions,
    Decoding,
    Hypothesis,
    WhisperEngine,
    decode_samples,
)
from hearken_speech.stt.evidence import Evidence, Sound, level_range_db
from hearken_speech.stt.families import family
from hearken_speech.stt.guard import (
    Weights,
    family_weights,
    gather,
    is_phantom_phrase,
    judge,
)
from hearken_speech.stt.phonemes import SPACELESS_LANGUAGES
from tests.simulators.voices import noise, say

GOOD = Evidence(
    no_speech_probability=0.0,
    average_log_probability=-0.03,
    compression_ratio=1.0,
    lead=1.5,
    disagreement=0.05,
    words_per_second=2.5,
    speech_seconds=2.0,
    speech_ratio=0.9,
    voice_probability=0.97,
    level_range_db=60.0,
)


def _with(**values: float | bool | None) -> Evidence:
    """Return good evidence with some values changed."""
    return Evidence(**{**GOOD.__dict__, **values})


FAMILIES = ("whisper-en", "whisper", "embedded", "other")
LENGTHS: dict[str, dict[str, float | bool | None]] = {
    "long": {},
    "short": {"speech_seconds": 0.5, "words_per_second": None},
}


@pytest.mark.parametrize("family", [*FAMILIES, "unheard-of"])
@pytest.mark.parametrize("length", LENGTHS)
def test_clear_speech_is_accepted(family: str, length: str) -> None:
    """Clear speech is accepted without objections."""
    verdict = judge(_with(**LENGTHS[length]), family)
    assert not verdict.rejected
    assert verdict.objections == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_text_that_nobody_said_is_rejected(family: str) -> None:
    """An improbable text of a sound without speech is rejected, and named."""
    verdict = judge(
        _with(
            no_speech_probability=0.9,
            average_log_probability=-1.6,
            disagreement=0.8,
        ),
        family,
    )
    assert verdict.rejected
    assert "no-speech-probability" in verdict.objections


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("values", "objection"),
    [
        ({"compression_ratio": 3.0}, "compression-ratio"),
        (
            {"speech_seconds": 0.02, "average_log_probability": -1.0},
            "speech-seconds",
        ),
    ],
)
def test_strong_objection_comes_first(
    values: dict[str, float], objection: str, family: str
) -> None:
    """A loop is rejected, and so is a click with a text that is unsure."""
    verdict = judge(_with(**values), family)
    assert verdict.rejected
    assert verdict.objections[0] == objection


def test_weight_grows_with_the_value() -> None:
    """Between two points, the weight is in proportion; outside, it stays."""
    curves: Weights = {"no_speech_probability": [[0.2, 0.0], [0.6, 0.8]]}
    weights = [
        judge(_with(no_speech_probability=value), curves=curves).weight
        for value in (0.0, 0.2, 0.3, 0.5, 0.6, 0.9)
    ]
    assert weights == pytest.approx([0.0, 0.0, 0.2, 0.6, 0.8, 0.8])


def test_weak_objections_add_up() -> None:
    """Weak objections are accepted alone and rejected together, strongest first."""
    curves: Weights = {
        "average_log_probability": [[-1.0, 0.6], [-0.5, 0.0]],
        "doubled": 0.7,
    }
    unsure: dict[str, float | bool | None] = {"average_log_probability": -1.2}
    twice: dict[str, float | bool | None] = {"doubled": True}
    for values in (unsure, twice):
        assert not judge(_with(**values), curves=curves).rejected
    together = judge(_with(**unsure, **twice), curves=curves)
    assert together.rejected
    assert together.objections == ("doubled", "average-log-probability")


def test_who_says_that_nobody_spoke() -> None:
    """The reason is silence only if the model's own value is enough."""
    curves: Weights = {
        "no_speech_probability": [[0.5, 0.0], [0.9, 1.0]],
        "doubled": 0.5,
    }
    assert judge(_with(no_speech_probability=0.95), curves=curves).silent
    together = judge(_with(no_speech_probability=0.8, doubled=True), curves=curves)
    assert together.rejected
    assert not together.silent


@pytest.mark.parametrize("family", FAMILIES)
def test_somebody_may_really_say_thank_you(family: str) -> None:
    """A phantom phrase that is clearly spoken is accepted."""
    assert not judge(_with(phantom_phrase=True), family).rejected


@pytest.mark.parametrize("family", ["whisper-en", "whisper"])
def test_a_word_is_not_measured_like_a_sentence(family: str) -> None:
    """What is usual for a word speaks against a sentence."""
    unsure = {
        "no_speech_probability": 0.4,
        "average_log_probability": -0.7,
        "disagreement": 0.5,
    }
    word = {**unsure, **LENGTHS["short"]}
    assert not judge(_with(**word), family).rejected
    assert judge(_with(**unsure), family).rejected
    # A long text with little speech is not a short one.
    quiet = {**word, "speech_ratio": 0.2}
    assert not _with(**quiet).is_short


def test_unknown_model_is_judged_mildly() -> None:
    """A model that nobody has measured is only stopped where it is plain."""
    doubtful = _with(
        no_speech_probability=0.5, average_log_probability=-0.8, disagreement=0.4
    )
    assert judge(doubtful, "whisper").rejected
    assert not judge(doubtful, "other").rejected
    assert judge(doubtful, "unheard-of") == judge(doubtful, "other")


@pytest.mark.parametrize(
    ("multilingual", "width", "name"),
    [
        (False, 384, "whisper-en"),
        (False, 512, "whisper-en"),
        (True, 512, "whisper"),
        (True, 384, "whisper"),
        (True, 768, "other"),
        (False, 1280, "other"),
    ],
)
def test_family_is_what_a_model_is(
    multilingual: bool,  # noqa: FBT001 - a parameter of a test
    width: int,
    name: str,
) -> None:
    """Languages and width tell the family, whatever the folder is called."""
    assert family(multilingual=multilingual, width=width) == name


def test_absent_evidence_does_not_count() -> None:
    """Without voice activity, the other evidence decides."""
    bare = _with(speech_seconds=None, speech_ratio=None, words_per_second=None)
    assert not judge(bare).rejected


@pytest.mark.parametrize(
    ("text", "language", "phantom"),
    [
        ("Thank you.", "en", True),
        (" thank you for watching! ", "en", True),
        ("Thank you, turn on the light", "en", False),
        ("Vielen Dank.", "de", True),
        ("Tak.", "da", True),
        ("谢谢大家。", "zh", True),
        ("打开灯", "zh", False),
        ("Thank you.", "xx", False),
    ],
)
def test_phantom_phrases_are_known_by_language(
    text: str, language: str, *, phantom: bool
) -> None:
    """Only a whole text can be a phantom phrase."""
    assert is_phantom_phrase(text, language) is phantom


def test_evidence_of_a_real_recording(engine: WhisperEngine) -> None:
    """The evidence of a spoken command is accepted."""
    decoding = decode_samples(
        engine, say("turn on the kitchen light"), DecodeOptions(language="en")
    )
    evidence = gather(decoding, Sound(speech_seconds=1.5, span_seconds=1.5))
    assert evidence.no_speech_probability < 0.1
    assert evidence.speech_ratio == 1.0
    assert evidence.words_per_second == pytest.approx(5 / 1.5)
    assert not judge(evidence, "embedded").rejected


def test_weights_are_well_formed() -> None:
    """Every family weighs known kinds of evidence, by values in order."""
    raw = (
        resources.files("hearken_speech.stt").joinpath("guard.json").read_text("utf-8")
    )
    families = json.loads(raw)["families"]
    assert set(families) == set(FAMILIES)
    for lengths in families.values():
        assert set(lengths) == {"long", "short"}
        for curves in lengths.values():
            assert set(curves) <= set(Evidence.__dataclass_fields__)
            for curve in curves.values():
                points = [] if isinstance(curve, float | int) else curve
                values = [value for value, _ in points]
                assert values == sorted(set(values))
                assert all(weight >= 0 for _, weight in points)


def test_level_range_is_small_where_nothing_stands_out() -> None:
    """Constant noise has a small level range, a voice with silence a large one."""
    steady = noise(2.0, 500)
    spoken = say("turn on the kitchen light")
    calm, lively = level_range_db(steady), level_range_db(spoken)
    assert calm is not None
    assert lively is not None
    assert calm < 3
    assert lively > 15
    assert level_range_db(steady[:100]) is None


def test_level_range_leaves_out_the_extremes() -> None:
    """It is the difference of the levels that a tenth is below and above."""
    frames = []
    for level in range(91):
        power = 10 ** (level / 10) - 1.0
        low = int(power**0.5)
        high = round(512 * (power - low**2) / ((low + 1) ** 2 - low**2))
        frames.append(np.repeat(np.array([low, low + 1]), [512 - high, high]))
    mixed = np.concatenate(frames).astype(np.int16)
    assert level_range_db(mixed) == pytest.approx(81 - 9, abs=0.2)
    assert level_range_db(np.zeros(5_120, np.int16)) == 0.0


def test_short_is_below_a_second_from_first_to_last_sound() -> None:
    """Without a span, the speech itself is what counts."""
    assert not _with(speech_seconds=1.0, speech_ratio=1.0).is_short
    assert not _with(speech_seconds=1.5, speech_ratio=None).is_short
    assert _with(speech_seconds=0.9, speech_ratio=None).is_short


def test_evidence_without_any_speech() -> None:
    """No rate of speech is known; a single other word is another text."""
    evidence = gather(_decoding("one two", "one two"), Sound(speech_seconds=0.0))
    assert evidence.words_per_second is None
    assert gather(_decoding("one", "two")).disagreement == 1.0


def test_silence_is_a_reason_only_where_it_was_measured() -> None:
    """A text that is rejected for something else was said by somebody."""
    verdict = judge(_with(doubled=True), curves={"doubled": 1.0})
    assert verdict.rejected
    assert not verdict.silent


def test_sentences_are_usual() -> None:
    """The curves of a family are those of sentences, unless words are asked for."""
    sentences = family_weights("whisper")
    assert sentences == family_weights("whisper", short=False)
    assert sentences != family_weights("whisper", short=True)


def _decoding(*texts: str, language: str = "en") -> Decoding:
    """Return a decoding with these texts, each less probable than the one before."""
    return Decoding(
        hypotheses=tuple(
            Hypothesis(
                text=text,
                tokens=tuple(range(8)),
                average_log_probability=-0.2 - 0.1 * number,
                total_log_probability=-1.8 - 0.9 * number,
            )
            for number, text in enumerate(texts)
        ),
        language=language,
        no_speech_probability=0.0,
        audio_seconds=1.0,
        decode_seconds=0.1,
        window_seconds=12.0,
    )


@pytest.mark.parametrize("language", sorted(SPACELESS_LANGUAGES))
def test_characters_are_not_words(language: str) -> None:
    """In scripts without spaces, a character counts less than a word."""
    decoding = _decoding("一二三四五六七八", language=language)
    assert gather(decoding).words_per_second == pytest.approx(5.0)


def test_texts_that_differ_only_in_punctuation_agree() -> None:
    """The lead is over other words, and punctuation is no word."""
    evidence = gather(
        _decoding("Turn it off.", "Turn it off!", "turn it off", "Turn it up.")
    )
    assert evidence.lead == pytest.approx(0.3)
    assert evidence.disagreement == pytest.approx(1 / 9)
    same = gather(_decoding("Turn it off.", "Turn it off!"))
    assert same.lead is None
    assert same.disagreement == 0.0
    assert gather(_decoding("Turn it off.")).disagreement is None


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [("zh", "打开厨房里的大灯", 5), ("en", "turn it off", 3)],
)
def test_speed_is_that_of_the_speech(language: str, text: str, words: int) -> None:
    """Words are counted in their own script, and pauses are no speech."""
    evidence = gather(
        _decoding(text, language=language), Sound(speech_seconds=1.6, span_seconds=2.0)
    )
    assert evidence.words_per_second == pytest.approx(words / 1.6)
    assert evidence.speech_ratio == pytest.approx(0.8)
    assert evidence.speech_seconds == 1.6


@pytest.mark.parametrize(
    ("speech", "span", "ratio", "is_short"),
    [
        (0.8, 0.9, 0.8 / 0.9, True),
        (0.8, 1.6, 0.5, False),
        (1.2, 1.2, 1.0, False),
        (1.2, 1.1, 1.0, False),  # frames on the edge count as speech
        (0.8, None, None, True),
        (0.8, 0.0, None, True),
    ],
)
def test_short_is_what_lasts_not_long(
    speech: float, span: float | None, ratio: float | None, *, is_short: bool
) -> None:
    """A sentence with long pauses is none of a word or two."""
    evidence = gather(
        _decoding("turn it off"), Sound(speech_seconds=speech, span_seconds=span)
    )
    assert evidence.speech_ratio == (None if ratio is None else pytest.approx(ratio))
    assert evidence.is_short is is_short


def test_two_texts_are_compared() -> None:
    """One other text is enough for lead and disagreement, in any script."""
    english = gather(_decoding("turn it off", "turn it up"))
    assert english.lead == pytest.approx(0.1)
    assert english.disagreement == pytest.approx(1 / 3)
    chinese = gather(_decoding("打开灯", "打开门", language="zh"))
    assert chinese.lead == pytest.approx(0.1)
    assert chinese.disagreement == pytest.approx(1 / 3)
    longer = gather(_decoding("turn it", "turn it off again"))
    assert longer.disagreement == pytest.approx(1 / 2)


@pytest.mark.parametrize(("text", "counted"), [("off", False), ("turn off", True)])
def test_single_word_has_no_speed(text: str, *, counted: bool) -> None:
    """How long one word takes says nothing."""
    assert (gather(_decoding(text)).words_per_second is not None) is counted


def test_objections_at_the_limits_count() -> None:
    """A weight of 1 rejects, and one of 0.05 is mentioned."""
    curves: Weights = {"doubled": 1.0, "phantom_phrase": 0.05}
    verdict = judge(_with(doubled=True, phantom_phrase=True), curves=curves)
    assert judge(_with(doubled=True), curves=curves).rejected
    assert verdict.objections == ("doubled", "phantom-phrase")
    slight: Weights = {"doubled": 0.99, "phantom_phrase": 0.04}
    assert not judge(_with(doubled=True), curves=slight).rejected
    assert judge(_with(phantom_phrase=True), curves=slight).objections == ()

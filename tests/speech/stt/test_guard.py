"""Test that the guard refuses phantom texts and accepts spoken ones."""

import json
from importlib import resources

import pytest

from hearken_speech.stt.engine import (
    DecodeOptions,
    Decoding,
    Hypothesis,
    WhisperEngine,
    decode_samples,
)
from hearken_speech.stt.guard import (
    Evidence,
    Sound,
    gather,
    is_phantom_phrase,
    judge,
    level_range_db,
)
from hearken_speech.stt.phonemes import SPACELESS_LANGUAGES
from tests.simulators.voices import noise, say

GOOD = Evidence(
    no_speech_probability=0.0001,
    lead=0.2,
    average_log_probability=-0.2,
    compression_ratio=1.0,
    words_per_second=2.5,
    speech_seconds=2.0,
    speech_ratio=0.9,
    voice_probability=0.95,
    level_range_db=30.0,
)


def _with(**values: float | bool | None) -> Evidence:
    """Return good evidence with some values changed."""
    return Evidence(**{**GOOD.__dict__, **values})


@pytest.mark.parametrize("profile", ["whisper", "embedded", "unheard-of"])
def test_clear_speech_is_accepted(profile: str) -> None:
    """Clear speech is accepted without objections."""
    verdict = judge(GOOD, profile)
    assert not verdict.rejected
    assert verdict.objections == ()


@pytest.mark.parametrize(
    ("values", "objection"),
    [
        ({"no_speech_probability": 0.99}, "no-speech-probability"),
        ({"average_log_probability": -1.6}, "average-log-probability"),
        ({"compression_ratio": 3.0}, "compression-ratio"),
        ({"words_per_second": 12.0}, "words-per-second"),
        ({"speech_seconds": 0.05}, "speech-seconds"),
    ],
)
def test_one_strong_objection_is_enough(
    values: dict[str, float], objection: str
) -> None:
    """One strong objection refuses a text and is named."""
    verdict = judge(_with(**values))
    assert verdict.rejected
    assert verdict.objections == (objection,)


def test_who_says_that_nobody_spoke() -> None:
    """Either the model's own value alone or several values refuse a text."""
    assert judge(_with(no_speech_probability=0.99)).silent
    together = judge(_with(no_speech_probability=0.7, phantom_phrase=True))
    assert together.rejected
    assert not together.silent


def test_weak_objections_add_up() -> None:
    """Weak objections are accepted alone and refused together."""
    weak: list[dict[str, float | bool]] = [
        {"phantom_phrase": True},
        {"average_log_probability": -0.9},
    ]
    for values in weak:
        assert not judge(_with(**values)).rejected
    assert judge(_with(**weak[0], **weak[1])).rejected


def test_somebody_may_really_say_thank_you() -> None:
    """A phantom phrase that is clearly spoken is accepted."""
    assert not judge(_with(phantom_phrase=True)).rejected


def test_a_word_is_not_measured_like_a_sentence() -> None:
    """Short texts have their own thresholds."""
    unsure = {"no_speech_probability": 0.1, "voice_probability": 0.78}
    assert not judge(_with(**unsure, speech_seconds=0.4), "embedded").rejected
    assert judge(_with(**unsure, speech_seconds=2.0), "embedded").rejected
    # A long text with little speech is not a short one.
    quiet = {**unsure, "speech_seconds": 0.4, "speech_ratio": 0.2}
    assert judge(_with(**quiet), "embedded").rejected
    # Other models have one profile for all texts.
    for seconds in (0.4, 2.0):
        assert not judge(_with(**unsure, speech_seconds=seconds), "whisper").rejected


def test_a_word_has_no_rate(engine: WhisperEngine) -> None:
    """The shortness of a word counts once, not twice."""
    sound = Sound(speech_seconds=0.13, span_seconds=0.13)
    options = DecodeOptions(language="en")
    word, command = (
        gather(decode_samples(engine, say(text), options), sound)
        for text in ("stop", "turn on the kitchen light")
    )
    assert word.words_per_second is None
    assert command.words_per_second is not None
    assert command.words_per_second > 30


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


def test_thresholds_are_well_formed() -> None:
    """Every profile weighs each kind of evidence in increasing steps."""
    raw = (
        resources.files("hearken_speech.stt").joinpath("guard.json").read_text("utf-8")
    )
    kinds = set(Evidence.__dataclass_fields__)
    for profile in json.loads(raw)["profiles"].values():
        assert set(profile) == kinds
        for name, steps in profile.items():
            if name != "phantom_phrase":
                weights = [weight for _, weight in steps]
                assert all(0 < weight <= 1 for weight in weights)


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


@pytest.mark.parametrize("language", sorted(SPACELESS_LANGUAGES))
def test_characters_are_not_words(language: str) -> None:
    """In scripts without spaces, a character counts less than a word."""
    decoding = Decoding(
        hypotheses=(
            Hypothesis(
                text="一二三四五六七八",
                average_log_probability=-0.2,
                total_log_probability=-2.0,
                tokens=(),
            ),
        ),
        language=language,
        no_speech_probability=0.0,
        audio_seconds=1.0,
        decode_seconds=0.1,
        window_seconds=8.0,
    )
    assert gather(decoding).words_per_second == pytest.approx(5.0)

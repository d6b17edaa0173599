"""Test that held-out voices are held out."""

import random
import subprocess

import pytest

from training.texts import Split
from training.voices import (
    DEVELOPMENT,
    HELD_OUT,
    KOKORO,
    KOKORO_DEVELOPMENT,
    KOKORO_HELD_OUT,
    VoiceSource,
    parse,
)


@pytest.fixture(name="drawn")
def drawn_fixture() -> set[str]:
    """Return the labels of many training voices."""
    source = VoiceSource(random.Random(1))  # noqa: S311 - the same every time
    return {source.draw().label for _ in range(5000)}


def test_training_never_hears_a_held_out_voice(drawn: set[str]) -> None:
    """Neither the voice nor its variants with other accents are used in training."""
    spared = {parse(label).name.rpartition("+")[2] for label in HELD_OUT}

    assert drawn & set(HELD_OUT) == set()
    assert not {label for label in drawn if label.rpartition("+")[2] in spared}


@pytest.mark.parametrize(
    "label", [v for v in (*HELD_OUT, *DEVELOPMENT) if v.startswith("espeak:")]
)
def test_held_out_variant_is_a_voice_of_its_own(label: str) -> None:
    """espeak-ng speaks some variants like the plain accent, which is trained."""
    accent, _, variant = parse(label).name.partition("+")
    plain, own = (say_plainly(voice) for voice in (accent, f"{accent}+{variant}"))
    assert plain
    assert plain != own


def say_plainly(voice: str) -> bytes:
    """Return the sound of a sentence."""
    command = ["espeak-ng", "-v", voice, "--stdout", "turn on the light"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_training_voices_are_many(drawn: set[str]) -> None:
    """A model trained on few voices understands no others."""
    assert len(drawn) > 300
    assert {label.split(":")[0] for label in drawn} == {"espeak", "flite", "festival"}


def test_training_voices_differ_in_speed_pitch_and_size() -> None:
    """The same voice varies from clip to clip."""
    source = VoiceSource(random.Random(2))  # noqa: S311 - the same every time
    voices = [source.draw() for _ in range(200)]

    assert len({voice.speed for voice in voices}) > 100
    assert len({voice.pitch for voice in voices}) > 100
    assert len({voice.size for voice in voices}) > 100


@pytest.mark.parametrize(
    ("split", "labels"), [(Split.HELD_OUT, HELD_OUT), (Split.DEVELOPMENT, DEVELOPMENT)]
)
def test_other_splits_have_their_own_voices(
    split: Split, labels: tuple[str, ...]
) -> None:
    """The voices of other splits are not varied, so that all runs hear the same."""
    source = VoiceSource(random.Random(3))  # noqa: S311 - the same every time
    voices = [source.draw(split) for _ in range(100)]

    assert {voice.label for voice in voices} == set(labels)
    assert {(v.speed, v.pitch, v.size) for v in voices} == {(1.0, 1.0, 1.0)}


def test_neural_voices_for_training_are_others_than_those_for_measuring() -> None:
    """Mixtures, too, have no part of a held-out speaker."""
    source = VoiceSource(random.Random(3))  # noqa: S311 - the same every time
    drawn = [source.neural() for _ in range(2000)]
    speakers = {
        f"{voice.engine}:{name}" for voice in drawn for name in voice.name.split("~")
    }

    assert not speakers & {*KOKORO_HELD_OUT, *KOKORO_DEVELOPMENT}
    assert len(speakers) == len(KOKORO) + 1
    assert "piper:joe" in speakers


def test_mixed_speakers_have_one_accent() -> None:
    """A mixture of accents would be spoken with the phonemes of one."""
    source = VoiceSource(random.Random(4))  # noqa: S311 - the same every time
    mixed = [v.name for v in (source.neural() for _ in range(500)) if "~" in v.name]

    assert mixed
    assert {(a[0], b[0]) for a, b in (m.split("~") for m in mixed)} == {
        ("a", "a"),
        ("b", "b"),
    }

"""Test the making of the wake words that come with Hearken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, override

import numpy as np

from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.making.network import Shape
from hearken_speech.wake.making.phrase import check_phrase
from hearken_speech.wake.making.voice import Voice, Voices
from training import hours, words
from training.wake import free_speech
from training.wake.gather import Amounts, Gatherer
from training.wake.spoken import Spoken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.sound import Sound
    from training.hour_sources import Part

EVERYBODY = ["af_bella", "af_kore", "am_adam", "am_michael"]
FEW = Amounts(
    words=2, scenes=3, quick=2, choosing=2, alike=2, quick_alike=2, other_words=1,
    sentences=3,
)  # fmt: skip


class _Programs(Voices):
    """Speaks with espeak-ng instead of Kokoro."""

    @override
    def say(self, text: str, voice: Voice) -> Sound:
        """Return the text from an accent that depends on the speaker."""
        if voice.engine == "kokoro":
            variant = len(voice.name) % 5 + 1
            voice = replace(voice, engine="espeak-ng", name=f"en-us+m{variant}")
        return super().say(text, voice)


def test_word_is_made_from_nothing_but_its_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Speaking, listening, learning and judging: the file is a head."""
    monkeypatch.setattr(free_speech, "FOLDERS", ())
    monkeypatch.setattr(hours, "load", _quiet_hours)
    gatherer = Gatherer(
        Spoken(_Programs(), tmp_path / "spoken"),
        Voices(),
        EVERYBODY,
        ["a", "art", "relax", "lexical", "kitchen"],
        FEW,
    )
    phrase = check_phrase("alexa", "en")
    gathered = gatherer.gather(phrase, ["computer"], tmp_path / "without")
    assert len(gathered.examples.said) == 2 * 3 + 2 * 3
    assert len(gathered.choosing) == 2 * 6
    shape = Shape(hidden=8, second=4, batches=20)
    head, report = words.make(phrase, gathered, shape, members=2)
    assert (report["words_quiet"], report["words_noise"]) == (2, 10)
    assert report["false_accepts"].keys() == {"music", "sky"}
    path = tmp_path / "alexa.onnx"
    path.write_bytes(head_bytes(head))
    assert load_head(path).steps == 12


def test_source_that_says_the_word_chooses_no_threshold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody says "computer" in one of the games."""
    monkeypatch.setattr(hours, "load", _quiet_hours)
    own, other = (
        [source for source, _ in words.hours_to_choose(text)]
        for text in ("computer", "alexa")
    )
    assert (own, other) == (["music"], ["music", "sky"])


def _quiet_hours(part: Part) -> Iterator[tuple[str, list[Embeddings]]]:
    """Yield two sources to choose with."""
    assert part == "choose"
    rng = np.random.default_rng(1)
    for name in ("music", "sky"):
        yield name, [rng.standard_normal((200, 96)).astype(np.float16)]

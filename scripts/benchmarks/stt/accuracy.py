"""Measure whether the short window costs accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.common.wording import words
from benchmarks.stt.corpus import (
    EVERYDAY,
    HELD_OUT_VOICES,
    KNOWN_VOICES,
    commands,
    say_all,
    with_silence,
)
from benchmarks.stt.models import prepare
from benchmarks.stt.table import Table, percent
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from training.scoring import word_errors

if TYPE_CHECKING:
    from pathlib import Path

    from hearken_speech.audio.format import Samples

_SHORT = DecodeOptions(language="en")
_LONG = DecodeOptions(language="en", window_seconds=30.0, fallback=False)


def run(folder: Path, *, quick: bool) -> Table:
    """Return word errors and exact sentences for both windows."""
    table = Table(
        "accuracy",
        "Accuracy: the model's own window against 30 s (generated speech, beam 5)",
        (
            *("recordings", "model", "clips", "words", "WER % own window"),
            *("WER % 30 s", "exact % own window", "exact % 30 s", "second looks"),
        ),
        "Held-out voices were not in the embedded model's training, of the sentences "
        "some were (scripts/bench model has only such as were not); scripts/bench "
        "people has people. Noise: white, 15 dB below the speech.",
    )
    others = commands(20 if quick else 100)
    title = "other commands, held-out voices"
    groups = {
        "everyday commands, known voices": [
            (t, v) for t in EVERYDAY for v in KNOWN_VOICES
        ],
        "everyday commands, held-out voices": [
            (t, v) for t in EVERYDAY for v in HELD_OUT_VOICES
        ],
        title: [(text, voice) for text in others for voice in HELD_OUT_VOICES],
    }
    for model in prepare(folder / "models"):
        engine = model.engine()
        for group, pairs in groups.items():
            _compare(table, engine, (group, model.title), pairs, noisy=False)
        heading = f"{title}, noise", model.title
        _compare(table, engine, heading, groups[title], noisy=True)
    return table


def _compare(
    table: Table,
    engine: WhisperEngine,
    heading: tuple[str, str],
    pairs: list[tuple[str, str]],
    *,
    noisy: bool,
) -> None:
    """Recognize all recordings with both windows."""
    clips = [with_silence(samples, 0.3, 0.5) for samples in say_all(pairs)]
    if noisy:
        clips = [_with_noise(clip, number) for number, clip in enumerate(clips)]
    wrong, exact, looks, spoken = [0, 0], [0, 0], 0, 0
    for (text, _), clip in zip(pairs, clips, strict=True):
        wanted = words(text)
        spoken += len(wanted)
        for way, options in enumerate((_SHORT, _LONG)):
            result = decode_samples(engine, clip, options)
            heard = words(result.best.text)
            wrong[way] += word_errors(" ".join(wanted), " ".join(heard))
            exact[way] += wanted == heard
            looks += result.fell_back and way == 0
    table.add(
        *heading,
        len(pairs),
        spoken,
        *(percent(errors, spoken) for errors in wrong),
        *(percent(right, len(pairs)) for right in exact),
        looks,
    )


def _with_noise(clip: Samples, seed: int, distance_db: float = 15.0) -> Samples:
    """Return a clip with white noise."""
    speech = np.sqrt(np.mean(clip.astype(np.float64) ** 2))
    level = speech / 10 ** (distance_db / 20)
    noise = np.random.default_rng(seed).normal(0, level, clip.size)
    return np.clip(clip + noise, -32_768, 32_767).astype(np.int16)

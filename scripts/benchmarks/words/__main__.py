"""Make wake words of texts, and judge them beside the pre-trained ones on people."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.common import parts, weights
from benchmarks.words import judged
from hearken_speech.wake import packages
from hearken_speech.wake.detector import WordDetector
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.heads import load_head
from hearken_speech.wake.making.embedding import ClipEmbedder
from hearken_speech.wake.settings import WordSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hearken_speech.wake.heads import Head
    from hearken_speech.wake.making.embedding import Embeddings

_SETTLING_STEPS: Final = 5
_HOURS: Final = 10.0
_QUICK_HOURS: Final = 0.5


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench words", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half an hour of others")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--hours", type=float, help=f"of other sounds ({_HOURS:.0f})")
    parser.add_argument("--word", action="append", help="only these")
    options = parser.parse_args()
    hours = options.hours or (_QUICK_HOURS if options.quick else _HOURS)
    words = options.word or list(judged.WORDS)
    return parts.run({"words": partial(_words, words, hours)}, options.json, {})


def _words(words: Sequence[str], hours: float) -> list[dict[str, Any]]:
    """Make the words and judge all heads."""
    with tempfile.TemporaryDirectory() as folder:
        made = {word: _make(word, Path(folder)) for word in words}
        heads = {
            f"{word}, typed": load_head(Path(folder, "made_words", f"{word}.onnx"))
            for word in words
        }
    heads |= {
        f"{word}, pre-trained": load_head(
            packages.openwakeword_model(f"{judged.PRE_TRAINED[word]}_v0.1.onnx")
        )
        for word in words
        if word in judged.PRE_TRAINED
    }
    embedder = ClipEmbedder()
    rows = []
    for name, head in heads.items():
        word = name.partition(",")[0]
        clips = judged.said(judged.WORDS[word])
        rows.append(
            {
                "name": name,
                "clips": len(clips),
                "missed": _missed(head, embedder.embed(clips)),
                "missed_noisy": _missed(head, embedder.embed(judged.in_noise(clips))),
                "false_accepts": 0,
                **(made[word] if "typed" in name else {}),
            }
        )
    heard_hours = 0.0
    for _, clips in judged.others(hours):
        embedded = embedder.embed(clips)
        heard_hours += sum(map(len, clips)) / 16_000 / 3600
        for row, head in zip(rows, heads.values(), strict=True):
            row["false_accepts"] += sum(_events(head, one) for one in embedded)
    _print(rows, heard_hours)
    return [{**row, "hours": round(heard_hours, 2)} for row in rows]


def _make(word: str, folder: Path) -> dict[str, Any]:
    """Make a word with the product's own command; return its cost."""
    voices = weights.fetch("kokoro").parent
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    started = time.monotonic()
    subprocess.run(
        [
            *(sys.executable, "-m", "hearken_speech.wake.making", "make", word),
            *("--data-dir", str(folder), "--json", "--no-download"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "HEARKEN_VOICES": str(voices), "OMP_NUM_THREADS": "1"},
    )
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    about = json.loads(Path(folder, "made_words", f"{word}.json").read_text("utf-8"))
    return {
        "seconds": round(time.monotonic() - started),
        "cpu_seconds": round(usage.ru_utime - before),
        "memory_mb": round(usage.ru_maxrss / 1000),
        "expected": about["made"]["expected"],
    }


def _missed(head: Head, clips: Iterable[Embeddings]) -> int:
    """Return in how many clips a word is not heard."""
    return sum(_events(head, clip) == 0 for clip in clips)


def _events(head: Head, clip: Embeddings) -> int:
    """Return how often a word is heard in a clip, with the server's defaults."""
    if len(clip) < head.steps:
        return 0
    rows = clip.astype(np.float32)
    batch = np.lib.stride_tricks.sliding_window_view(rows, head.steps, axis=0)
    scores = head.score(np.ascontiguousarray(batch.transpose(0, 2, 1)))
    detector, settings = WordDetector(), WordSettings()
    verdicts = [
        detector.process(float(score), (step + head.steps) * STEP_SAMPLES, settings)
        for step, score in enumerate(scores)
        if step + head.steps > _SETTLING_STEPS
    ]
    return sum(verdict is not None and verdict.detected for verdict in verdicts)


def _print(rows: Iterable[dict[str, Any]], hours: float) -> None:
    """Print the table."""
    print(
        f"\n| head | clips | missed | missed in noise | false accepts, {hours:.1f} h |"
    )
    print("|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['name']} | {row['clips']} | {row['missed']} "
            f"| {row['missed_noisy']} | {row['false_accepts']} |"
        )
        if "seconds" in row:
            print(
                f"  made in {row['seconds']} s, {row['cpu_seconds']} s of processor, "
                f"{row['memory_mb']} MB"
            )


if __name__ == "__main__":
    sys.exit(main())

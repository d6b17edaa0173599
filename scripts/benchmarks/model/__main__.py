"""Measure speech models on sentences, names and voices that training never has."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.model import sounds
from benchmarks.stt.guard import watched
from benchmarks.stt.table import Table, percent
from hearken_speech.models import EMBEDDED_TRAITS, Library, LoadOptions, load_model
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.vad.silero import SileroModel
from training.scoring import Score
from training.voices import missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.model.sounds import Clip

EMBEDDED: Final = Library(Path()).embedded().path
NO_SPEECH: Final = 0.5
FULL_WINDOW: Final = 30.0
HELD_OUT: Final = "held-out voices, held-out sentences"
_REQUEST: Final = Request(language="en")


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench model", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--model", type=Path, default=EMBEDDED, help="folder or zip")
    parser.add_argument(
        "--against", type=Path, action="append", default=[], help="another model"
    )
    options = parser.parse_args()
    if absent := missing():
        parser.error(
            f"voices are missing: {', '.join(absent)}. HEARKEN_VOICES=1 scripts/setup "
            "installs them."
        )
    made = sounds.make(0.1 if options.quick else 1.0)
    spoken = Table(
        "spoken",
        "Speech models: what was said",
        (
            *("sounds", "model", "clips", "words"),
            *("word error %: beam 1", "word error %: beam 5"),
            *("exact %: beam 1", "exact %: beam 5", "among 5 best %"),
            "taken for silence %",
        ),
    )
    windows = Table(
        "windows",
        "Speech models: a window that fits against 30 s, beam 5",
        ("model", "clips", "words", "word error %: fitting", "30 s", "difference"),
    )
    empty = Table(
        "empty",
        "Speech models: nobody said anything",
        (
            *("sounds", "model", "clips", "by the model alone, %"),
            "as the server does it, %",
        ),
        "By the model alone: no text, or a no-speech probability over 0.5. As the "
        "server does it: voice activity first, then the model, then the guard.",
    )
    models = [options.model, *options.against]
    engines = {_title(path): _engine(path) for path in models}
    began = time.monotonic()
    for name, clips in made.spoken.items():
        for title, engine in engines.items():
            spoken.add(name, title, *_spoken(engine, clips))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    for title, engine in engines.items():
        windows.add(title, *_windows(engine, made.spoken[HELD_OUT]))
    for name, clips in made.empty.items():
        for title, engine in engines.items():
            empty.add(name, title, *_empty(engine, clips))
    tables = (spoken, windows, empty)
    if options.json:
        figures = {table.name: table.data() for table in tables}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def _title(path: Path) -> str:
    """Return the name of a model in the tables."""
    return "embedded" if path == EMBEDDED else f"{path.parent.name}/{path.name}"


def _engine(path: Path) -> WhisperEngine:
    """Return a loaded model."""
    options = LoadOptions(compute_type="int8")
    return WhisperEngine(load_model(path, options, EMBEDDED_TRAITS))


def _options(beam: int, window_seconds: float | None = None) -> DecodeOptions:
    """Return options that measure the model alone, without a second decoding."""
    return DecodeOptions(
        language="en",
        beam_size=beam,
        fallback=False,
        window_seconds=window_seconds,
    )


def _spoken(engine: WhisperEngine, clips: Sequence[Clip]) -> list[float | int]:
    """Return the counts and errors for spoken clips."""
    greedy, wide, among, silent = Score(), Score(), 0, 0
    for clip in clips:
        samples = clip.samples()
        greedy.add(clip.text, decode_samples(engine, samples, _options(1)).best.text)
        decoding = decode_samples(engine, samples, _options(5))
        wide.add(clip.text, decoding.best.text)
        silent += decoding.no_speech_probability > NO_SPEECH
        among += any(h.text.strip() == clip.text for h in decoding.hypotheses)
    return [
        len(clips),
        greedy.words,
        percent(greedy.errors, greedy.words),
        percent(wide.errors, wide.words),
        percent(greedy.exact, len(clips)),
        percent(wide.exact, len(clips)),
        percent(among, len(clips)),
        percent(silent, len(clips)),
    ]


def _windows(engine: WhisperEngine, clips: Sequence[Clip]) -> list[float | int]:
    """Return the errors with two windows."""
    short, full = Score(), Score()
    for clip in clips:
        samples = clip.samples()
        short.add(clip.text, decode_samples(engine, samples, _options(5)).best.text)
        wanted = _options(5, FULL_WINDOW)
        full.add(clip.text, decode_samples(engine, samples, wanted).best.text)
    errors = [percent(score.errors, score.words) for score in (short, full)]
    return [short.sentences, short.words, *errors, round(errors[0] - errors[1], 2)]


def _empty(engine: WhisperEngine, clips: Sequence[Clip]) -> list[float | int]:
    """Return how many clips give no text, for the model alone and in the server."""
    vad = SileroModel()
    transcriber = Transcriber()
    silent = served = 0
    for clip in clips:
        decoding = decode_samples(engine, clip.samples(0.0, 0.0), _options(5))
        quiet = not decoding.best.text or decoding.no_speech_probability > NO_SPEECH
        silent += quiet
        recording = watched(clip.samples(), vad)
        served += not transcriber.transcribe(engine, recording, _REQUEST).text
    return [len(clips), percent(silent, len(clips)), percent(served, len(clips))]


if __name__ == "__main__":
    sys.exit(main())

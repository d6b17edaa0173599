"""Compare the recognizer alone with faster-whisper's, alternately in one process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.stt.cost import spoken
from benchmarks.stt.guard import watched
from benchmarks.stt.models import Model, prepare
from benchmarks.stt.table import Table, median
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from hearken_speech.vad.silero import SileroModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SECONDS: Final = (3.0, 6.0, 10.0, 30.0, 59.0)
_LONG_SECONDS: Final = 10.0


def run(folder: Path, *, quick: bool) -> Table:
    """Return processor times of both recognizers."""
    table = Table(
        "recognizer",
        "The recognizer alone: processor time from samples to text, one thread",
        (
            "model",
            "speech s",
            "runs",
            "faster-whisper CPU ms",
            "Hearken CPU ms",
            "ratio",
        ),
        "faster_whisper.WhisperModel.transcribe as wyoming-faster-whisper calls it: "
        "beam 5, given samples, which spares it decoding a file. Hearken's time has "
        "voice activity, all features and the guard in it. In turns in one process; "
        "medians.",
    )
    for model in prepare(folder / "models"):
        for seconds in _SECONDS:
            runs = 3 if quick or seconds > _LONG_SECONDS else 10
            _compare(table, model, seconds, runs)
    return table


def _compare(table: Table, model: Model, seconds: float, runs: int) -> None:
    """Measure both recognizers with one model."""
    theirs = WhisperModel(
        str(model.folder), device="cpu", cpu_threads=1, compute_type="int8"
    )
    ours, transcriber, vad = model.engine(), Transcriber(), SileroModel()
    samples = spoken(seconds)
    sound = samples.astype(np.float32) / 32_768

    def ask_theirs() -> None:
        segments, _ = theirs.transcribe(sound, language="en", beam_size=5)
        list(segments)

    def ask_ours() -> None:
        transcriber.transcribe(ours, watched(samples, vad), Request(language="en"))

    times: dict[Callable[[], None], list[float]] = {ask_theirs: [], ask_ours: []}
    for turn in range(runs + 1):
        for ask in (ask_theirs, ask_ours) if turn % 2 else (ask_ours, ask_theirs):
            began = time.process_time()
            ask()
            if turn:  # The first command warms up the recognizers.
                times[ask].append(time.process_time() - began)
    peer, own = median(times[ask_theirs]), median(times[ask_ours])
    table.add(
        model.title,
        seconds,
        runs,
        round(peer * 1000),
        round(own * 1000),
        round(peer / own, 1),
    )

"""Compare the recognizer alone with faster-whisper's, alternately in one process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.stt.cost import spoken
from benchmarks.stt.models import Model, prepare
from benchmarks.stt.table import Table, median
from hearken_speech.models import LoadOptions, load_model
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


_BEAMS: Final = (1, 5)


def run(folder: Path, *, quick: bool) -> Table:
    """Return processor times of both recognizers."""
    table = Table(
        "recognizer",
        "The recognizer alone: processor time from samples to text, one thread",
        (
            *("model", "speech s", "beam", "runs", "faster-whisper CPU ms"),
            *("Hearken CPU ms", "ratio"),
        ),
        "faster_whisper.WhisperModel.transcribe as wyoming-faster-whisper calls it, "
        "given samples, which spares it decoding a file. Hearken works out all "
        "features at once, which it usually does while the sound comes. In turns in "
        "one process; medians. tiny and base have random weights.",
    )
    for model in prepare(folder / "models", sizes=("tiny", "base")):
        for seconds in (3.0, 6.0):
            for beam in _BEAMS:
                _compare(table, model, seconds, beam, 4 if quick else 10)
    return table


def _compare(table: Table, model: Model, seconds: float, beam: int, runs: int) -> None:
    """Measure both recognizers with one model."""
    theirs = WhisperModel(
        str(model.folder), device="cpu", cpu_threads=1, compute_type="int8"
    )
    options = LoadOptions(compute_type="int8")
    ours = WhisperEngine(load_model(model.folder, options))
    samples = spoken(seconds)
    sound = samples.astype(np.float32) / 32_768
    wanted = DecodeOptions(language="en", beam_size=beam)

    def ask_theirs() -> None:
        segments, _ = theirs.transcribe(sound, language="en", beam_size=beam)
        list(segments)

    def ask_ours() -> None:
        decode_samples(ours, samples, wanted)

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
        beam,
        runs,
        round(peer * 1000),
        round(own * 1000),
        round(peer / own, 1),
    )

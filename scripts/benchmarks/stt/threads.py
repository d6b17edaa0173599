"""Measure whether several threads for one request pay."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from benchmarks.stt.cost import spoken
from benchmarks.stt.models import PUBLISHED, prepare
from benchmarks.stt.table import Table, median
from hearken_speech.models import LoadOptions, load_model
from hearken_speech.stt.engine import DecodeOptions, WhisperEngine, decode_samples

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS: Final = 3.0


def run(folder: Path, *, quick: bool) -> Table:
    """Return the times of one request and of several at once."""
    cores = os.process_cpu_count() or 1
    table = Table(
        "threads",
        f"Threads: {cores} for one request, or one for each of {cores} workers",
        (
            *("model", "threads", "workers", "requests at once", "wall ms"),
            "CPU ms a request",
        ),
        f"Commands of {_SECONDS:.0f} s; medians. By the clock, only a quiet machine "
        "says something.",
    )
    runs = 3 if quick else 12
    for model in prepare(folder / "models", names=PUBLISHED):
        for threads, workers in ((1, cores), (cores, 1)):
            options = LoadOptions(threads=threads, workers=workers, compute_type="int8")
            engine = WhisperEngine(load_model(model.folder, options))
            for at_once in (1, cores):
                wall, cpu = _measure(engine, at_once, runs)
                table.add(model.title, threads, workers, at_once, wall, cpu)
    return table


def _measure(engine: WhisperEngine, at_once: int, runs: int) -> tuple[int, int]:
    """Return milliseconds by the clock, and of the processor for one request."""
    samples, options = spoken(_SECONDS), DecodeOptions(language="en")
    walls, cpus = [], []
    with ThreadPoolExecutor(at_once) as pool:
        for turn in range(runs + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            list(
                pool.map(
                    lambda _: decode_samples(engine, samples, options), range(at_once)
                )
            )
            if turn:
                walls.append(time.perf_counter() - wall)
                cpus.append((time.process_time() - cpu) / at_once)
    return round(median(walls) * 1000), round(median(cpus) * 1000)

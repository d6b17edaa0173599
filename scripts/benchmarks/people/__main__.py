"""Measure speech-to-text on recordings of people, beside faster-whisper."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before numpy, whose threads would compete with the measured code.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.common import parts
from benchmarks.common.machine import processor
from benchmarks.people import recordings, spoken, unspoken
from benchmarks.people.recognizers import Pair
from benchmarks.stt import models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.people.spoken import Part


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench people", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="one recording in so many")
    parser.add_argument("--quick", action="store_true", help="one recording in ten")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--model", action="append", help="tiny.en, base, embedded or a folder"
    )
    parser.add_argument("--only", action="append", help="measure this part alone")
    options = parser.parse_args()
    if not recordings.are_there():
        print(recordings.ABSENT, file=sys.stderr)
        return 1
    print(
        f"## Recordings of people ({processor()})\n\n"
        "Names are measured by `scripts/bench stt --only names`.",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        runs = _runs(Path(folder), options)
        if not runs:
            parser.error("nothing to measure")
        return parts.run(runs, options.json, {"machine": processor()})


def _runs(folder: Path, options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what to measure, by model and part."""
    runs: dict[str, Callable[[], Any]] = {}
    names = tuple(options.model or models.ALL)
    for model in models.prepare(folder, names=names):
        lazy = _Lazy(model)
        for name, part in (*spoken.PARTS.items(), *unspoken.PARTS.items()):
            if options.only and name not in options.only:
                continue
            if part.multilingual and not model.multilingual:
                continue
            runs[f"{model.title}, {name}"] = partial(
                _run, lazy, name, part, 10 if options.quick else options.every
            )
    return runs


@dataclass
class _Lazy:
    """A model that is loaded when its first part runs, and only the last one is."""

    model: models.Model
    pair: Pair | None = None

    def load(self) -> Pair:
        """Return both recognizers."""
        if self.pair is None:
            self.pair = Pair(self.model)
        return self.pair


def _run(lazy: _Lazy, name: str, part: Part, every: int) -> Any:
    """Measure one part with one model."""
    title = f"{lazy.model.title}: {name}"
    return asyncio.run(part.run(lazy.load(), title, every))


if __name__ == "__main__":
    sys.exit(main())

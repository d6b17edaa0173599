"""Measure speech-to-text: cost, accuracy, readiness, endings, guard, names, memory."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Before numpy, whose threads would compete with the measured code.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.common import parts
from benchmarks.common.machine import processor
from benchmarks.stt import (
    accuracy,
    cost,
    endings,
    guard,
    memory,
    names,
    readiness,
    recognizer,
    threads,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.stt.table import Table

AWAITED: Final[dict[str, Callable[..., Awaitable[Table]]]] = {
    "cost": cost.run,
    "readiness": readiness.run,
    "memory": memory.run,
    "guard": guard.run,
    "endings": endings.run,
}
COUNTED: Final[dict[str, Callable[..., Table]]] = {
    "recognizer": recognizer.run,
    "threads": threads.run,
    "accuracy": accuracy.run,
    "names": names.run,
}
PARTS: Final = (*AWAITED, *COUNTED)


def main() -> int:
    """Measure, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench stt", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="measure this part alone"
    )
    options = parser.parse_args()
    print(f"## Speech to text ({_machine()})", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = {
            name: partial(_run, name, Path(folder), quick=options.quick)
            for name in options.only or PARTS
        }
        return parts.run(wanted, options.json, {"machine": _machine()})


def _run(name: str, folder: Path, *, quick: bool) -> dict[str, object]:
    """Run one part of the measurement and return its table as JSON data."""
    if name in AWAITED:
        return asyncio.run(_await(AWAITED[name](folder, quick=quick))).data()
    return COUNTED[name](folder, quick=quick).data()


async def _await(table: Awaitable[Table]) -> Table:
    """Wait for a table."""
    return await table


def _machine() -> str:
    """Return a description of this machine."""
    return f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())

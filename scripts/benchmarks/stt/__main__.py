"""Measure speech-to-text: cost, accuracy, readiness, endings, guard, names, memory."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Before numpy, whose threads would compete with the measured code.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.stt.table import Table

AWAITED: Final[dict[str, Callable[..., Awaitable[Table]]]] = {
    "cost": cost.run,
    "readiness": readiness.run,
    "memory": memory.run,
    "guard": guard.run,
}
COUNTED: Final[dict[str, Callable[..., Table]]] = {
    "recognizer": recognizer.run,
    "accuracy": accuracy.run,
    "endings": endings.run,
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
    print(f"## Speech to text ({_machine()})\n", flush=True)
    tables: dict[str, object] = {"machine": _machine()}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or PARTS:
            began = time.monotonic()
            table = _run(name, Path(folder), quick=options.quick)
            print(table.markdown(), flush=True)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
            tables[name] = table.data()
    if options.json:
        options.json.write_text(json.dumps(tables, indent=2) + "\n")
    return 0


def _run(name: str, folder: Path, *, quick: bool) -> Table:
    """Run one part of the measurement."""
    if name in AWAITED:
        return asyncio.run(_await(AWAITED[name](folder, quick=quick)))
    return COUNTED[name](folder, quick=quick)


async def _await(table: Awaitable[Table]) -> Table:
    """Wait for a table."""
    return await table


def _machine() -> str:
    """Return a description of this machine."""
    return f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())

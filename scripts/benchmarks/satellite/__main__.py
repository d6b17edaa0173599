"""Measure which satellite answers, and what is lost of commands without a pause."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import parts
from benchmarks.satellite import rooms, straight_on

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Measure, print the figures, and optionally write them as JSON."""
    parser = argparse.ArgumentParser("scripts/bench satellite", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40 rooms")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    count = 40 if options.quick else rooms.ROOMS
    with tempfile.TemporaryDirectory() as folder:
        # No words but those that come with the program.
        own_words = Path(folder)
        measured: dict[str, Callable[[], Any]] = {
            "rooms": partial(_told, partial(rooms.run, own_words, rooms=count)),
            "straight_on": partial(_told, partial(straight_on.run, own_words)),
        }
        return parts.run(measured, options.json)


def _told(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Measure, and print the figures."""
    figures = measure()
    print(json.dumps(figures, indent=2), flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())

"""Improve wake words with five recordings of people, and judge them on others."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.common import parts
from benchmarks.owner_words.improving import WORDS, improve

_HOURS: Final = 2.0
_QUICK_HOURS: Final = 0.4


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench owner_words", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"{_QUICK_HOURS} hours of other sounds"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    hours = _QUICK_HOURS if options.quick else _HOURS
    return parts.run(
        {"improve": partial(improve, list(WORDS), hours)}, options.json, {}
    )


if __name__ == "__main__":
    sys.exit(main())

"""Improve wake words with five recordings of people, and judge them on others.

People of whom there are many recordings, in the folder that ``HEARKEN_FREE_SPEECH``
names, are judged on what else they said, in the hours of ``training/hours.py``.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.common import parts
from benchmarks.owner_words import own_voice, speakers
from benchmarks.owner_words.improving import WORDS, improve
from training.hour_sources import Part

_HOURS: Final = 2.0
_QUICK_HOURS: Final = 0.4


def main() -> int:
    """Measure, print a table, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench owner_words", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"{_QUICK_HOURS} hours of other sounds"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--word", action="append", choices=speakers.WORDS, help="only people with these"
    )
    parser.add_argument(
        "--hours", type=Part, default=Part.JUDGE, help=f"{', '.join(Part)}"
    )
    options = parser.parse_args()
    hours = _QUICK_HOURS if options.quick else _HOURS
    own_voice_part = partial(
        own_voice.improve, options.word or speakers.WORDS, options.hours
    )
    measured = {"own voice": own_voice_part}
    if not options.word:
        measured["improve"] = partial(improve, list(WORDS), hours)
    return parts.run(measured, options.json, {})


if __name__ == "__main__":
    sys.exit(main())

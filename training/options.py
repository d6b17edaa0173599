"""The command line of the training."""

from __future__ import annotations

import argparse
import datetime as dt
import math
from pathlib import Path
from typing import Final

import jax

from training import packed
from training.language import known_languages

WHISPER: Final = "tiny.en"
"""Its encoder knows people, of whom there is no recording to train on."""
_ABOUT: Final = """Make a speech model: generate sounds, train, export.

Without options, make a small one in a few minutes to prove that everything works: two
dozen sentences by three voices, trained from scratch.
"""


def parse_options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser("training/run", description=_ABOUT)
    add = parser.add_argument
    add("--full", action="store_true", help="make the model that ships with Hearken")
    add("--resume", action="store_true", help="continue from the last checkpoint")
    add("--from-whisper", action="store_true", help=f"start from a part of {WHISPER}")
    add("--whole", action="store_true", help="train the encoder as well")
    add("--from-scratch", action="store_true", help="start from random weights")
    add("--minutes", type=_more_than_nothing, help="training time, with --full")
    add(
        *("--until",),
        type=dt.time.fromisoformat,
        metavar="HH:MM",
        help="train until this time of day, with --full",
    )
    add("--steps", type=_count, help="number of training steps")
    add("--rate", type=_more_than_nothing, help="peak learning rate")
    add("--clips", type=_count, help="number of clips to make")
    add("--neural", type=float, default=0.3, help="share of neural voices in clips")
    add("--seed", type=int, default=1)
    add("--language", default="en")
    add("--start", type=Path, help="initial model, with --full")
    add("--folder", type=Path, help="folder for checkpoints and the model")
    add("--corpus", type=Path, help="folder for the sounds")
    add("--workers", type=_count, help="processes that make sounds, one per core")
    options = parser.parse_args()
    if options.from_whisper and (options.from_scratch or not options.full):
        parser.error("--from-whisper is for --full, and not for --from-scratch")
    if not options.full and (options.minutes or options.until):
        parser.error("--minutes and --until are for --full; the small one has --steps")
    if sum(map(bool, (options.steps, options.minutes, options.until))) > 1:
        parser.error("give one of --steps, --minutes and --until")
    if options.start is not None and (
        options.from_scratch or not options.full or jax.default_backend() != "cpu"
    ):
        parser.error(
            "--start is for --full on a processor: this one learns from nothing"
        )
    options.start = options.start or packed.EMBEDDED
    if not options.start.exists():
        parser.error(f"there is no model at {options.start}")
    if options.language not in known_languages():
        known = ", ".join(known_languages())
        parser.error(f"sentences are there for: {known}. training/README.md has more")
    return options


def _count(text: str) -> int:
    """Parse a positive integer."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _more_than_nothing(text: str) -> float:
    """Parse a number above zero."""
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(text)
    return value

"""Recordings of people, to choose and to measure with; speech is never trained on.

They are not part of the repository: without them, everything works with generated
sounds alone. Half of the sounds without speech serve as noise in training.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.recordings import RECORDINGS, SOURCE, read
from hearken_speech.protocol import SAMPLE_RATE_HZ
from training.features import log_mel
from training.texts import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.features import LogMel
    from training.speak import Sound

_LONGEST_SECONDS: Final = 7.5


@dataclass(frozen=True)
class Recording:
    """A recording, and what is known about it."""

    name: str
    kind: str
    """The folder: commands_en, short_en or sounds."""
    text: str
    """The words; for orders only those of the slots, in any order."""
    sound: Sound

    @property
    def frames(self) -> LogMel:
        """Return the features."""
        return log_mel(self.sound)

    @property
    def chooses(self) -> bool:
        """Return whether it may be used to choose; the other half is for reports."""
        return share(self.name, "people") < 0.5


def recordings(kind: str) -> Iterator[Recording]:
    """Yield the recordings of a folder; none where there are none."""
    folder = Path(os.environ.get(SOURCE) or RECORDINGS) / "people"
    labels = folder / "labels.json"
    if not labels.exists():
        return
    for name, about in sorted(json.loads(labels.read_text("utf-8")).items()):
        if not name.startswith(f"{kind}/"):
            continue
        sound = _read(folder / name)
        slots = " ".join(about.get("slots", {}).values())
        text = about.get("text", slots) if kind != "sounds" else ""
        yield Recording(name, kind, " ".join(text.lower().split()), sound)


def noise() -> list[LogMel]:
    """Return the sounds without speech that training may use."""
    return [one.frames for one in recordings("sounds") if not one.chooses]


def _read(path: Path) -> Sound:
    """Return a recording at 16 kHz, without what is longer than a window."""
    longest = round(_LONGEST_SECONDS * SAMPLE_RATE_HZ)
    return np.asarray(read(path)[:longest] / 32_768, np.float32)

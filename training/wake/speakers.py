"""Who speaks: Kokoro's English speakers, mixtures of two of them, and programs.

Some speakers are never learned from. They tell how often voices that a head does not
know are missed, and so choose between heads.
"""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING, Final

from hearken_speech.wake.making.kokoro import BETWEEN
from hearken_speech.wake.making.voice import Voice, Voices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHOOSING: Final = frozenset(
    {"af_kore", "af_sarah", "am_michael", "bf_emma", "bm_fable", "bm_george"}
)
"""Speakers of Kokoro that nothing is learned from."""
MARKS: Final = ("", ".", "!", "?", ",")
_SPEED: Final = (0.8, 1.4, 1.05)
_LANGUAGE: Final = "en"


def learned(everybody: Sequence[str], seed: int) -> Iterator[Voice]:
    """Yield without end voices of Kokoro to learn from: all speakers, then mixtures."""
    return _voices([name for name in everybody if name not in CHOOSING], seed)


def choosing(everybody: Sequence[str], seed: int) -> Iterator[Voice]:
    """Yield without end voices of Kokoro to choose with."""
    return _voices([name for name in everybody if name in CHOOSING], seed)


def quick(voices: Voices, count: int, seed: int) -> list[Voice]:
    """Return voices of espeak-ng and flite, which sound less like people."""
    drawn = (
        voice
        for voice in voices.draw(_LANGUAGE, count, seed)
        if voice.engine != "kokoro"
    )
    return list(islice(drawn, count))


def _voices(names: Sequence[str], seed: int) -> Iterator[Voice]:
    """Yield each speaker once, and then mixtures of two."""
    rng = random.Random(seed)
    singles = rng.sample(names, len(names))
    while True:
        name = singles.pop() if singles else BETWEEN.join(rng.sample(names, 2))
        yield Voice("kokoro", name, round(rng.triangular(*_SPEED), 3))

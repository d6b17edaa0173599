"""What is recognized of what people say."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.people import mandarin, recordings
from benchmarks.people.orders import orders
from benchmarks.people.scoring import Score
from benchmarks.stt.corpus import with_silence
from benchmarks.stt.table import Table, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.people.orders import Orders
    from benchmarks.people.recognizers import Heard, Pair
    from benchmarks.people.recordings import Recording
    from hearken_speech.audio.format import Samples

_PEER: Final = "faster-whisper"
_OURS: Final = "Hearken"
_CHOSEN: Final = "Hearken, as understood"
_LOOKED: Final = "Hearken, and a longer look"
_COLUMNS: Final = (
    *("recordings", "recognizer", "n", "word error %", "exact %", "repeated"),
    *("no text", "CPU ms"),
)
_ORDER_COLUMNS: Final = (*_COLUMNS, "understood %", "understood wrongly")
_SOME: Final = 4
"""Every fourth recording is also heard quietly and in noise."""
_AUDIBLE: Final = 200

type Change = Callable[[Samples], Samples]


@dataclass(frozen=True)
class Part:
    """One table."""

    run: Callable[..., Any]
    multilingual: bool = False


@dataclass
class _Figures:
    """The scores of each half and of both, by recognizer."""

    scores: dict[tuple[str, str], Score] = field(
        default_factory=lambda: defaultdict(Score)
    )
    understood: dict[tuple[str, str], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    wrongly: dict[tuple[str, str], int] = field(
        default_factory=lambda: defaultdict(int)
    )

    def add(
        self,
        recording: Recording,
        recognizer: str,
        heard: Heard,
        text: str | None = None,
        *,
        understood: bool = False,
    ) -> None:
        """Count a transcript."""
        text = heard.text if text is None else text
        for half in (recording.half, "both"):
            score = self.scores[half, recognizer]
            exact = score.exact
            score.add(recording, text, heard.cpu_seconds)
            self.understood[half, recognizer] += understood
            self.wrongly[half, recognizer] += understood and score.exact == exact


def _changes(every: int) -> Iterator[tuple[str, Change, int]]:
    """Yield the conditions of listening, with the share of recordings."""
    yield "", lambda samples: samples, every
    yield ", 26 dB quieter", _quieter, every * _SOME
    yield ", noise 10 dB below", _noisy, every * _SOME


def _quieter(samples: Samples) -> Samples:
    """Return a sound 26 dB below."""
    return (samples * 0.05).astype(np.int16)


def _noisy(samples: Samples) -> Samples:
    """Return a sound with white noise 10 dB below the voice."""
    voice = samples[np.abs(samples.astype(np.int32)) > _AUDIBLE].astype(np.float64)
    level = float(np.sqrt(np.mean(voice**2))) * 10**-0.5
    noise = np.random.default_rng(samples.size).normal(0, level, samples.size)
    return np.clip(samples + noise, -32_768, 32_767).astype(np.int16)


async def run_orders(pair: Pair, title: str, every: int) -> dict[str, Any]:
    """Measure orders, of which Home Assistant understands some."""
    table = Table("orders", title, _ORDER_COLUMNS)
    with tempfile.TemporaryDirectory() as folder:
        async with orders(Path(folder)) as known:
            for name, change, step in _changes(every):
                figures = _Figures()
                for one in recordings.load(recordings.ORDERS, step):
                    await _hear_order(pair, known, figures, one, change)
                _add(table, f"orders{name}", figures)
    return table.data()


async def _hear_order(
    pair: Pair, known: Orders, figures: _Figures, one: Recording, change: Change
) -> None:
    """Count one order."""
    samples = change(one.samples)
    ours, theirs = pair.hear(samples, one.language)
    for name, heard in ((_PEER, theirs), (_OURS, ours)):
        understood = await known.understands(heard.text)
        figures.add(one, name, heard, understood=understood)
    assert ours.details is not None
    chosen = await known.choose(ours.details)
    understood = await known.understands(chosen)
    figures.add(one, _CHOSEN, ours, chosen, understood=understood)
    seen = ours
    if chosen and not understood:
        seen = pair.look_again(samples, one.language, ours)
        understood = await known.understands(seen.text)
        chosen = seen.text if understood else chosen
    figures.add(one, _LOOKED, seen, chosen, understood=understood)


async def run_short(pair: Pair, title: str, every: int) -> dict[str, Any]:
    """Measure single words."""
    table = Table("short", title, _COLUMNS)
    for name, change, step in _changes(every):
        figures = _Figures()
        for one in recordings.load(recordings.SHORT, step):
            _hear(pair, figures, one, change(with_silence(one.samples, 0.3, 0.7)))
        _add(table, f"single words{name}", figures)
    return table.data()


async def run_german(pair: Pair, title: str, every: int) -> dict[str, Any]:
    """Measure German sentences."""
    table = Table("german", title, _COLUMNS)
    figures = _Figures()
    for one in recordings.load(recordings.GERMAN, every):
        _hear(pair, figures, one, one.samples)
    _add(table, "German sentences", figures)
    return table.data()


async def run_mandarin(pair: Pair, title: str, every: int) -> dict[str, Any]:
    """Measure generated Mandarin sentences, by character."""
    table = Table("mandarin", title, _COLUMNS)
    figures = _Figures()
    for one in mandarin.recordings(every):
        _hear(pair, figures, one, with_silence(one.samples, 0.2, 0.5))
    _add(table, "Mandarin, generated", figures)
    return table.data()


def _hear(pair: Pair, figures: _Figures, one: Recording, samples: Samples) -> None:
    """Count what both recognizers hear."""
    ours, theirs = pair.hear(samples, one.language)
    figures.add(one, _PEER, theirs)
    figures.add(one, _OURS, ours)


def _add(table: Table, title: str, figures: _Figures) -> None:
    """Add the rows of one set of recordings: all, and where all are, both halves."""
    whole = "understood %" in table.columns
    halves = () if ", " in title else recordings.HALVES
    for half in ("both", *halves):
        for recognizer in (_PEER, _OURS, _CHOSEN, _LOOKED):
            key = half, recognizer
            if key not in figures.scores:
                continue
            score = figures.scores[key]
            more: tuple[Any, ...] = ()
            if whole:
                share = percent(figures.understood[key], score.recordings)
                more = (share, figures.wrongly[key])
            name = title if half == "both" else f"{title}, half {half}"
            table.add(name, recognizer, *score.cells, *more)


PARTS: Final = {
    "orders": Part(run_orders),
    "single words": Part(run_short),
    "German": Part(run_german, multilingual=True),
    "Mandarin": Part(run_mandarin, multilingual=True),
}

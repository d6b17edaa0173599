"""Score steps of 80 ms of many streams in one batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech import memory

from .errors import WakeModelError
from .events import WakeEvent, WordFailed
from .features import FeatureBank
from .heads import Head, load_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .catalogue import WakeCatalogue
    from .state import StreamState

MAX_BATCH: Final = 16
"""Streams in one batch; more gain nothing and add delay."""

_MAX_NOT_NUMBERS: Final = 10


@dataclass
class _Loaded:
    """The network of a word."""

    head: Head
    stamp: tuple[int, int]
    not_numbers: int = 0


@dataclass
class _Step:
    """80 ms of several streams, and the resulting events."""

    batch: Sequence[tuple[StreamState, np.ndarray]]
    events: list[tuple[StreamState, WakeEvent]] = field(default_factory=list)

    def rows_by_word(self) -> dict[str, list[int]]:
        """Return the rows of the batch that listen for each word."""
        rows: dict[str, list[int]] = {}
        for row, (state, _) in enumerate(self.batch):
            for word in state.words:
                rows.setdefault(word, []).append(row)
        return rows


class WakeCore:
    """The networks and their state for each stream. Used by one thread."""

    def __init__(self, catalogue: WakeCatalogue) -> None:
        """Load the networks that all words share."""
        self._catalogue = catalogue
        self._version = -1
        self._bank = FeatureBank()
        memory.give_back()
        self._loaded: dict[str, _Loaded] = {}

    def open(self, state: StreamState) -> None:
        """Allocate features for a stream."""
        state.slot = self._bank.open()

    def close(self, state: StreamState) -> None:
        """Free the features of a stream."""
        self._bank.close(state.slot)

    def restart(self, state: StreamState) -> None:
        """Reset the features of a stream."""
        self._bank.reset(state.slot)

    def step(
        self, batch: Sequence[tuple[StreamState, np.ndarray]]
    ) -> list[tuple[StreamState, WakeEvent]]:
        """Process 80 ms of each stream and return the events."""
        self._follow_catalogue()
        step = _Step(batch)
        rows = step.rows_by_word()
        # Load first: a new word may need a longer history than the others.
        usable = [word for word in rows if self._load(word, step)]
        samples = np.stack([audio for _, audio in batch]).astype(np.float32)
        history = self._bank.step([state.slot for state, _ in batch], samples)
        scores: list[dict[str, float]] = [{} for _ in batch]
        for word in usable:
            wanted = history if len(rows[word]) == len(batch) else history[rows[word]]
            of_word = self._score(word, wanted, step)
            for row, score in zip(rows[word], of_word, strict=True):
                scores[row][word] = score
        for (state, audio), of_stream in zip(batch, scores, strict=True):
            heard = state.process(audio, of_stream)
            step.events += ((state, event) for event in heard)
        return step.events

    def _score(self, word: str, history: np.ndarray, step: _Step) -> list[float]:
        """Return the scores of one word; zeros if it fails."""
        loaded = self._loaded[word]
        try:
            scores = loaded.head.score(history[:, -loaded.head.steps :])
        except WakeModelError as err:
            self._fail(word, str(err), step)
            return [0.0] * len(history)
        if np.isfinite(scores).all():
            loaded.not_numbers = 0
        else:
            scores = np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)
            loaded.not_numbers += 1
            if loaded.not_numbers >= _MAX_NOT_NUMBERS:
                self._fail(word, "it gives scores that are not numbers", step)
        result: list[float] = np.clip(scores, 0.0, 1.0).tolist()
        return result

    def _load(self, word: str, step: _Step) -> bool:
        """Load a word if necessary; return whether it can be used."""
        if word in self._loaded:
            return True
        known = self._catalogue.get(word)
        if known is None or known.problem is not None or known.path is None:
            reason = known.problem if known is not None else None
            self._drop(word, reason or "it is not there any more", step)
            return False
        try:
            head = load_head(known.path)
        except WakeModelError as err:
            self._fail(word, str(err), step)
            return False
        self._bank.ensure_history(head.steps)
        self._loaded[word] = _Loaded(head, known.stamp)
        memory.give_back()
        return True

    def _fail(self, word: str, reason: str, step: _Step) -> None:
        """Disable a word for all streams."""
        self._catalogue.mark_failed(word, reason)
        self._drop(word, reason, step)

    def _drop(self, word: str, reason: str, step: _Step) -> None:
        """Stop listening for a word in these streams, and notify their owners."""
        self._loaded.pop(word, None)
        for state, _ in step.batch:
            if word in state.words:
                state.words = {k: v for k, v in state.words.items() if k != word}
                failed = WordFailed(
                    position_samples=state.position_samples, word=word, reason=reason
                )
                step.events.append((state, failed))

    def _follow_catalogue(self) -> None:
        """Unload words whose files changed or are gone."""
        if self._version == self._catalogue.version:
            return
        self._version = self._catalogue.version
        for word, loaded in list(self._loaded.items()):
            known = self._catalogue.get(word)
            if known is None or known.problem or known.stamp != loaded.stamp:
                del self._loaded[word]

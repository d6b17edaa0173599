"""Batches of clips from the corpus, grouped by length and augmented."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from training.augment import Augmenter, Frames, Strength, babble
from training.corpus import shards
from training.features import MEL_BANDS, normalised
from training.losses import IGNORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from training.features import LogMel
    from training.tokens import Tokens

type Encode = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]
"""Gives the encoder's output for normalised features."""

_NOISE_KINDS: Final = 4
_FRAMES_PER_BATCH: Final = 8_192
_READY: Final = 4
_BABBLE_SHARE: Final = 0.35
_OTHER_SPEAKER_SHARE: Final = 0.08
_LONG_EMPTY_SHARE: Final = 0.15
_TAIL_FRAMES: Final = (8, 60)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Windows of one size."""

    frames: int
    tokens: int
    phones: int

    def clips(self, scale: int = 1) -> int:
        """Return how many clips fit into a batch."""
        return max(2, scale * _FRAMES_PER_BATCH // self.frames)


BUCKETS: Final = (
    Bucket(208, 16, 40),
    Bucket(304, 20, 64),
    Bucket(432, 28, 80),
    Bucket(800, 40, 128),
)
FULL_WINDOW: Final = Bucket(3000, 40, 128)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """The settings for composing batches."""

    empty_share: float = 0.12
    long_share: float = 0.04
    """The share of 8 s windows for clips that would fit into shorter ones."""
    full_share: float = 0.001
    """The share of 30 s windows."""
    scale: int = 1
    """The factor on the batch sizes, which are meant for two cores."""
    strength: Strength = field(default_factory=Strength)


@dataclass(frozen=True, slots=True)
class Batch:
    """The input of one training step."""

    mel: np.ndarray[Any, Any]
    """Normalised, (clips, frames, bands); or encoded, if the encoder is not trained."""
    tokens: np.ndarray[Any, Any]
    targets: np.ndarray[Any, Any]
    phones: np.ndarray[Any, Any]
    phone_lengths: np.ndarray[Any, Any]
    frames: np.ndarray[Any, Any]
    """The encoder's positions that may hold sound."""

    def arrays(self) -> tuple[np.ndarray[Any, Any], ...]:
        """Return the arrays in order."""
        return (
            self.mel,
            self.tokens,
            self.targets,
            self.phones,
            self.phone_lengths,
            self.frames,
        )


class Corpus:
    """All clips, in memory."""

    def __init__(
        self,
        folder: Path,
        tokens: Tokens,
        alphabet: list[str],
        noises: Sequence[LogMel] = (),
    ) -> None:
        """Read every existing shard; ``noises`` are recorded ones."""
        self.mels: list[np.ndarray[Any, Any]] = []
        self.tokens: list[list[int]] = []
        self.phones: list[list[int]] = []
        self.texts: list[str] = []
        self.voices: list[str] = []
        number = {phone: place for place, phone in enumerate(alphabet, start=1)}
        for path in shards(folder):
            with np.load(path) as shard:
                ends = np.cumsum(shard["lengths"])[:-1]
                self.mels += np.split(shard["mel"], ends)
                self.texts += [str(text) for text in shard["texts"]]
                self.voices += [str(voice) for voice in shard["voices"]]
                self.phones += [
                    [number[p] for p in str(line).split() if p in number]
                    for line in shard["phones"]
                ]
        self.tokens = [tokens.encode(text) for text in self.texts]
        with np.load(folder / "noises.npz") as packed:
            ends = np.cumsum(packed["lengths"])[:-1]
            self.noises = np.split(packed["mel"], ends)
        # As often as a generated kind.
        times = len(self.noises) // (_NOISE_KINDS * max(1, len(noises)))
        self.noises += [*noises] * times

    def __len__(self) -> int:
        """Return the number of clips."""
        return len(self.mels)

    @property
    def hours(self) -> float:
        """Return the total length in hours."""
        return sum(len(mel) for mel in self.mels) / 360_000


def alphabet_of(folder: Path) -> list[str]:
    """Return every phoneme of a corpus."""
    found: set[str] = set()
    for path in shards(folder):
        with np.load(path) as shard:
            found.update(phone for line in shard["phones"] for phone in line.split())
    return sorted(found)


class Batches:
    """Endless batches, determined by the seed."""

    def __init__(
        self,
        corpus: Corpus,
        tokens: Tokens,
        mix: Mix,
        seed: int,
        encode: Encode | None = None,
    ) -> None:
        """Set the clips, how to compose batches from them, and a finished encoder."""
        self._encode = encode
        self._corpus = corpus
        self._tokens = tokens
        self._mix = mix
        self._rng = np.random.default_rng(seed)
        self._augmenter = Augmenter(mix.strength, self._noise)

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches forever."""
        waiting: dict[Bucket, list[tuple[Frames, int | None]]] = defaultdict(list)
        while True:
            for index in self._rng.permutation(len(self._corpus)):
                for clip, number in self._chosen(int(index)):
                    bucket = self._bucket(len(clip), number)
                    if bucket is None:
                        continue
                    waiting[bucket].append((clip, number))
                    if len(waiting[bucket]) == bucket.clips(self._mix.scale):
                        yield self._batch(bucket, waiting.pop(bucket))

    def _chosen(self, index: int) -> Iterator[tuple[Frames, int | None]]:
        """Yield clips, with occasional empty ones (without a number)."""
        rng, corpus = self._rng, self._corpus
        clip = corpus.mels[index].astype(np.float32)
        yield self._augmenter.warped(rng, clip), index
        if rng.random() < self._mix.empty_share:
            if rng.random() < _BABBLE_SHARE:
                chosen = rng.integers(0, len(corpus), rng.integers(4, 8))
                clips = [corpus.mels[n].astype(np.float32) for n in chosen]
                yield babble(rng, clips), None
            else:
                yield self._noise(rng), None

    def _noise(self, rng: np.random.Generator) -> Frames:
        """Return a noise."""
        chosen = int(rng.integers(0, len(self._corpus.noises)))
        return self._corpus.noises[chosen].astype(np.float32)

    def _bucket(self, frames: int, number: int | None) -> Bucket | None:
        """Return the window size for a clip, or None if none is large enough."""
        rng, mix = self._rng, self._mix
        chance = rng.random()
        if chance < mix.full_share:
            return FULL_WINDOW if self._fits(number) else None
        if chance < mix.full_share + mix.long_share:
            frames = max(frames, BUCKETS[-2].frames)
        if number is None:
            short = BUCKETS[int(rng.integers(0, len(BUCKETS) - 1))]
            return BUCKETS[-1] if rng.random() < _LONG_EMPTY_SHARE else short
        frames += int(rng.integers(*_TAIL_FRAMES))
        tokens = len(self._corpus.tokens[number])
        phones = len(self._corpus.phones[number])
        for bucket in BUCKETS:
            if frames <= bucket.frames and tokens + 2 <= bucket.tokens:
                return bucket if phones <= bucket.phones else None
        return None

    def _fits(self, number: int | None) -> bool:
        """Return whether the text of a clip is short enough for the longest window."""
        if number is None:
            return True
        tokens, phones = self._corpus.tokens[number], self._corpus.phones[number]
        return (
            len(tokens) + 2 <= FULL_WINDOW.tokens and len(phones) <= FULL_WINDOW.phones
        )

    def _batch(self, bucket: Bucket, chosen: list[tuple[Frames, int | None]]) -> Batch:
        """Return a batch of clips that fit the same window."""
        count = len(chosen)
        mel = np.zeros((count, bucket.frames, MEL_BANDS), np.float32)
        tokens = np.full((count, bucket.tokens), self._tokens.end, np.int32)
        targets = np.full((count, bucket.tokens), IGNORED, np.int32)
        phones = np.zeros((count, bucket.phones), np.int32)
        lengths = np.zeros(count, np.int32)
        for row, (clip, number) in enumerate(chosen):
            text = [] if number is None else self._corpus.tokens[number]
            mel[row] = self._window(clip, number, bucket.frames)
            first = self._tokens.no_timestamps if text else self._tokens.no_speech
            tokens[row, : len(text) + 2] = [
                self._tokens.start,
                self._tokens.no_timestamps,
                *text,
            ]
            targets[row, : len(text) + 2] = [first, *text, self._tokens.end]
            if number is not None:
                line = self._corpus.phones[number]
                lengths[row] = len(line)
                phones[row, : len(line)] = line
        frames = np.full(count, bucket.frames // 2, np.int32)
        sound = normalised(mel)
        if self._encode is not None:
            sound = self._encode(sound)
        return Batch(sound, tokens, targets, phones, lengths, frames)

    def _window(self, clip: Frames, number: int | None, size: int) -> Frames:
        """Return one clip in its window."""
        rng = self._rng
        if number is None:
            return self._augmenter.empty(rng, clip, size)
        other = None
        strength = self._mix.strength
        if strength.noise_share and rng.random() < _OTHER_SPEAKER_SHARE:
            chosen = int(rng.integers(0, len(self._corpus)))
            other = self._corpus.mels[chosen].astype(np.float32)
        return self._augmenter.window(rng, clip, size, other=other)


class Ahead:
    """Prepare batches in a thread while the model learns."""

    def __init__(self, batches: Batches) -> None:
        """Start the thread."""
        self._queue: queue.Queue[Batch] = queue.Queue(_READY)
        self._batches = batches
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def next(self) -> Batch:
        """Return the next batch."""
        while True:
            try:
                return self._queue.get(timeout=1.0)
            except queue.Empty:
                if not self._thread.is_alive():
                    msg = "preparing batches failed; see the error above"
                    raise RuntimeError(msg) from None

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        """Prepare one batch after the other."""
        for batch in self._batches:
            while not self._stop.is_set():
                try:
                    self._queue.put(batch, timeout=0.5)
                except queue.Full:
                    continue
                break
            if self._stop.is_set():
                return

"""A finished head: where its threshold lies, how it did, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.making import judge
from hearken_speech.wake.making.bank import STEP_SECONDS
from hearken_speech.wake.making.head_file import network_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.wake.making.embedding import Embeddings
    from hearken_speech.wake.making.judge import Calibration
    from training.wake.clips import Said
    from training.wake.learning import Network
    from training.wake.network import Numbers

_WANTED_LOGIT: Final = 4.0
"""The logit of an average word."""


def calibrate(
    words: Sequence[Numbers], negatives: Sequence[Numbers], events_an_hour: float
) -> Calibration:
    """Return where clips without the word wake so often, and the slope there."""
    threshold = judge.threshold_for(negatives, events_an_hour)
    highest = [float(clip.max(initial=threshold)) for clip in words]
    slope = _WANTED_LOGIT / max(float(np.median(highest)) - threshold, 1e-3)
    return judge.Calibration(threshold, min(slope, judge.MAX_SLOPE))


@dataclass(frozen=True, slots=True)
class Head:
    """A network whose score is 0.5 at its threshold."""

    network: Network
    calibration: Calibration

    def logits(self, rows: Embeddings) -> Numbers:
        """Return the logit of each window that ends within a clip."""
        found = self.network.logits(rows) - self.calibration.threshold
        return np.asarray(found * self.calibration.slope)

    def file(self) -> bytes:
        """Return the head as an ONNX file over plain embeddings."""
        members, whitening = self.network.members, self.network.whitening
        firsts, shifts = [], []
        for one in members:
            first = one.weights[0].reshape(-1, EMBEDDING_SIZE, len(one.biases[0]))
            plain = np.einsum("ij,sjh->sih", whitening.matrix, first)
            shifts.append(one.biases[0] - np.einsum("i,sih->h", whitening.mean, plain))
            firsts.append(plain.reshape(-1, plain.shape[2]))
        slope = self.calibration.slope / len(members)
        last = sum(float(one.biases[2][0]) for one in members) * slope
        last -= self.calibration.threshold * self.calibration.slope
        return network_bytes(
            [
                (np.concatenate(firsts, axis=1), np.concatenate(shifts)),
                (
                    _diagonal([one.weights[1] for one in members]),
                    np.concatenate([one.biases[1] for one in members]),
                ),
                (
                    np.concatenate([one.weights[2] for one in members]) * slope,
                    np.array([last]),
                ),
            ],
            len(members[0].weights[0]) // EMBEDDING_SIZE,
        )

    def judged(
        self, words: Sequence[Said], hours: Sequence[tuple[str, Sequence[Embeddings]]]
    ) -> dict[str, Any]:
        """Return how it does with words, and in each source of hours without it."""
        found = [
            (one.is_plain, judge.events(self.logits(one.embeddings))) for one in words
        ]
        return {
            "words_quiet": sum(plain for plain, _ in found),
            "missed_quiet": sum(plain and not count for plain, count in found),
            "words_noise": sum(not plain for plain, _ in found),
            "missed_noise": sum(not plain and not count for plain, count in found),
            "false_accepts": {
                name: sum(judge.events(self.logits(clip)) for clip in clips)
                for name, clips in hours
            },
            "hours": round(
                sum(len(clip) for _, clips in hours for clip in clips)
                * STEP_SECONDS
                / 3600,
                2,
            ),
        }


def _diagonal(blocks: Sequence[Numbers]) -> Numbers:
    """Return matrices as one in which each works on inputs of its own."""
    width, height = blocks[0].shape
    whole = np.zeros((width * len(blocks), height * len(blocks)), np.float32)
    for number, block in enumerate(blocks):
        whole[
            number * width : (number + 1) * width,
            number * height : (number + 1) * height,
        ] = block
    return whole

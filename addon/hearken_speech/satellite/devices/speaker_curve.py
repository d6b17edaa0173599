"""How a loudspeaker bends what it plays, learned from its echo.

Small speakers clip softly. To a canceller that knows the undistorted sound only, the
distortion is new sound: it is most of what remains of an echo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float32]
    type Spectra = NDArray[np.complex64]

_KNEES: Final = (16_000.0, 5_000.0)
"""Levels at which the curve may bend: sums of these come close to any soft clipping."""
_UNEVEN: Final = 12_000.0
"""The knee of what is added to both sides alike: some speakers move farther to one."""
SHAPES: Final = 2 + len(_KNEES)
_FORGET: Final = 0.999
_STIFFNESS: Final = 1e-3
"""How much the newest sound has to say before the curve follows it."""
_LEARN_BLOCKS: Final = 12
_EVERY_BLOCKS: Final = 2
_SMALL: Final = 1e-9
_MAX_CHANGE: Final = 5.0


def shaped(played: Floats) -> Floats:
    """Return a sound as it is, clipped softly at each knee, and without its sign."""
    knees = [knee * np.tanh(played / knee) for knee in _KNEES]
    uneven = _UNEVEN * np.tanh(played / _UNEVEN) ** 2
    return np.stack((played, *knees, uneven)).astype(np.float32)


class SpeakerCurve:
    """The weights of the shapes, whose sum is what the speaker makes of a sound."""

    def __init__(self) -> None:
        """Start with a speaker that distorts nothing."""
        self.weights = np.zeros(SHAPES, np.float32)
        self.weights[0] = 1.0
        self._alike = np.zeros((SHAPES, SHAPES))
        self._heard = np.zeros(SHAPES)
        self._powers = np.zeros((SHAPES, SHAPES))
        self._blocks = 0

    def note(self, shapes: Floats) -> bool:
        """Note what is played; return whether it is time to learn."""
        wide = shapes.astype(np.float64)
        self._powers = _FORGET * self._powers + wide @ wide.T
        self._blocks += 1
        return self._blocks > _LEARN_BLOCKS and self._blocks % _EVERY_BLOCKS == 0

    def learn(self, echoes: Spectra, recorded: Spectra, other: Floats) -> None:
        """Learn from the echo of each shape and from what was recorded.

        ``other`` is the power of all other sound: where it is loud, little is learned.
        """
        trusted = echoes.conj() / other
        self._alike = _FORGET * self._alike + (trusted @ echoes.T).real
        self._heard = _FORGET * self._heard + (trusted @ recorded).real
        scale = np.sqrt(np.diag(self._alike)) + _SMALL
        alike = self._alike / np.outer(scale, scale)
        heard = self._heard / scale + _STIFFNESS * self.weights * scale
        weights = np.linalg.solve(alike + _STIFFNESS * np.eye(SHAPES), heard) / scale
        self._take(weights)

    def _take(self, weights: NDArray[np.float64]) -> None:
        """Take these weights; how loud the echo is, is the filter's to know."""
        before = max(float(self._powers[0, 0]), _SMALL)
        after = max(float(weights @ self._powers @ weights), _SMALL)
        change = float(np.sqrt(after / before))
        if 1 / _MAX_CHANGE < change < _MAX_CHANGE:
            self.weights = (weights / change).astype(np.float32)

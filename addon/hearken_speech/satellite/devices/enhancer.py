"""Enhancers improve the voice that is sent; wake words are heard without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples


class Enhancer(Protocol):
    """Changes the level of a stream of speech or reduces its noise."""

    def process(self, samples: Samples) -> Samples:
        """Return as many samples, at 16 kHz mono, as were given."""


class NoEnhancer:
    """Leaves the sound as it is."""

    def process(self, samples: Samples) -> Samples:
        """Return the same samples."""
        return samples

"""Make many clips from one: other voices, rooms, distances and noises.

Everything works on the power in mel bands, at a fraction of the cost of working on
samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.signal import lfilter

from training.features import MEL_BANDS

if TYPE_CHECKING:
    from collections.abc import Callable

type Frames = np.ndarray[Any, np.dtype[np.float32]]
"""Frames by bands, log10 of the power."""

_CURVE_POINTS: Final = 6
_TINY: Final = 1e-10
_APART: Final = 0.25
"""By how much one of many speakers may be louder or quieter, in tens of decibels."""
_HISS: Final = (3.5, 8.0)
"""Of a microphone, below the sound in tens of decibels."""


@dataclass(frozen=True, kw_only=True)
class Strength:
    """The strength of the changes; 0 means none."""

    speed: float = 0.12
    head: float = 0.10
    curve: float = 0.25
    gain: tuple[float, float] = (-1.5, 0.5)
    """In tens of decibels."""
    room_share: float = 0.25
    noise_share: float = 0.5
    noise: tuple[float, float] = (0.3, 3.0)
    """The level of speech above noise, in tens of decibels."""
    mask_share: float = 0.3
    lead_frames: int = 70


NONE: Final = Strength(
    speed=0.0,
    head=0.0,
    curve=0.0,
    gain=(0.0, 0.0),
    room_share=0.0,
    noise_share=0.0,
    mask_share=0.0,
    lead_frames=20,
)


class Augmenter:
    """Change clips randomly."""

    def __init__(
        self, strength: Strength, noise: Callable[[np.random.Generator], Frames]
    ) -> None:
        """Set the strength of the changes and the source of noises."""
        self._strength = strength
        self._noise = noise

    def warped(self, rng: np.random.Generator, frames: Frames) -> Frames:
        """Return a clip at another speed, spoken by a head of another size."""
        strength = self._strength
        speed = 1 + rng.uniform(-strength.speed, strength.speed)
        head = 1 + rng.uniform(-strength.head, strength.head)
        if speed == 1 and head == 1:
            return frames
        count = max(8, round(len(frames) / speed))
        frames = _interpolated(frames, np.linspace(0, len(frames) - 1, count), 0)
        return _interpolated(frames, np.arange(MEL_BANDS) * head, 1)

    def window(
        self,
        rng: np.random.Generator,
        clip: Frames,
        size: int,
        *,
        other: Frames | None = None,
    ) -> Frames:
        """Return a window with the clip: changed, with noise and trailing silence.

        ``other`` is a second speaker in the background.
        """
        strength = self._strength
        free = max(0, size - len(clip) - 4)
        lead = min(int(rng.integers(0, strength.lead_frames + 1)), free)
        trail = int(rng.choice([rng.integers(0, 20), rng.integers(20, 150)]))
        heard = min(size, lead + len(clip) + trail)
        power = np.full((size, MEL_BANDS), _TINY, np.float32)
        speech = 10.0 ** (clip + self._curve(rng) + rng.uniform(*strength.gain))
        power[lead : lead + len(clip)] = speech[: size - lead]
        if rng.random() < strength.room_share:
            power[:heard] = _room(rng, power[:heard])
        level = float(speech.mean()) + _TINY
        if rng.random() < strength.noise_share:
            over = rng.uniform(*strength.noise)
            self._add(rng, power[:heard], self._noise(rng), level, over)
        if other is not None:
            self._add(rng, power[:heard], other, level, rng.uniform(1.0, 2.5))
        # Every microphone has this noise.
        power[:heard] += level * 10.0 ** -rng.uniform(*_HISS)
        window = _log(power)
        if rng.random() < strength.mask_share:
            _mask(rng, window[:heard])
        return window

    def empty(self, rng: np.random.Generator, frames: Frames, size: int) -> Frames:
        """Return a window with no speech in it.

        The sound starts as late as speech does: otherwise silence before a sound
        would be a sign of speech.
        """
        lead = int(rng.integers(0, self._strength.lead_frames + 1))
        lead = int(rng.choice([0, min(lead, size - 30)]))
        heard = lead + int(rng.integers(30, size - lead + 1))
        power = np.full((size, MEL_BANDS), _TINY, np.float32)
        gain = rng.choice([rng.uniform(-3.0, 0.8), rng.uniform(-7.0, -3.0)])
        self._add(rng, power[lead:heard], frames, 1e-3, -float(gain) + 1.0)
        level = float(power[lead:heard].mean())
        # Every microphone has this noise.
        power[:heard] += level * 10.0 ** -rng.uniform(*_HISS)
        return _log(power)

    def _add(
        self,
        rng: np.random.Generator,
        power: Frames,
        noise: Frames,
        level: float,
        over: float,
    ) -> None:
        """Add a noise at a level below another."""
        first = int(rng.integers(0, len(noise)))
        places = (first + np.arange(len(power))) % len(noise)
        added = 10.0 ** (noise[places] + self._curve(rng))
        power += added * (level / (float(added.mean()) + _TINY) * 10.0**-over)

    def _curve(self, rng: np.random.Generator) -> Frames:
        """Return a smooth equaliser curve."""
        points = rng.normal(0.0, self._strength.curve, _CURVE_POINTS)
        places = np.linspace(0, _CURVE_POINTS - 1, MEL_BANDS)
        curve = np.interp(places, np.arange(_CURVE_POINTS), points)
        return np.asarray(curve, np.float32)


def _log(power: Frames) -> Frames:
    """Return log10 of power, with the server's value for silence."""
    return np.asarray(np.log10(np.maximum(power, _TINY)), np.float32)


def babble(rng: np.random.Generator, clips: list[Frames]) -> Frames:
    """Return several speakers at once, with similar loudness, cut from the middle."""
    count = max(len(clip) for clip in clips)
    power = np.zeros((count, MEL_BANDS), np.float32)
    for clip in clips:
        first = int(rng.integers(0, len(clip)))
        speech = 10.0 ** clip[(first + np.arange(count)) % len(clip)]
        level = 10.0 ** rng.uniform(-_APART, _APART)
        power += speech * (level / (float(speech.mean()) + _TINY))
    return _log(power)


def _interpolated(frames: Frames, places: np.ndarray[Any, Any], axis: int) -> Frames:
    """Return values between frames, or between bands."""
    last = frames.shape[axis] - 1
    places = np.clip(places, 0, last)
    low = np.minimum(places.astype(np.int64), max(0, last - 1))
    part = (places - low).astype(np.float32)
    part = part[:, None] if axis == 0 else part[None, :]
    first = frames.take(low, axis)
    second = frames.take(np.minimum(low + 1, last), axis)
    return np.asarray(first + part * (second - first), np.float32)


def _room(rng: np.random.Generator, power: Frames) -> Frames:
    """Let the sound decay slowly."""
    decay_frames = rng.uniform(8, 60)
    keep = float(np.exp(-13.8 / decay_frames))
    late = lfilter([0.0, 1.0 - keep], [1.0, -keep], power, axis=0)
    return np.asarray(power + rng.uniform(0.05, 0.6) * late, np.float32)


def _mask(rng: np.random.Generator, window: Frames) -> None:
    """Mask a few moments and a few bands."""
    mean = float(window.mean())
    for _ in range(rng.integers(0, 3)):
        first, count = rng.integers(0, len(window)), rng.integers(1, 13)
        window[first : first + count] = mean
    for _ in range(rng.integers(0, 3)):
        first, count = rng.integers(0, MEL_BANDS), rng.integers(1, 15)
        window[:, first : first + count] = mean

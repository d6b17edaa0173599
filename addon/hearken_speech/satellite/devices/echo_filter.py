"""A filter that learns how the speaker sounds at the microphone, and removes that.

A Kalman filter in the frequency domain, in partitions. It knows how uncertain it is
and how loud other sound is, so it keeps still while a person speaks: that is when a
wake word has to be heard. It suppresses nothing, which would take the voice away too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .speaker_curve import SHAPES, SpeakerCurve, shaped

if TYPE_CHECKING:
    from .speaker_curve import Floats, Spectra

BLOCK_SAMPLES: Final = 640
PARTITIONS: Final = 7
REACH_SAMPLES: Final = BLOCK_SAMPLES * PARTITIONS
"""How late an echo may be: 280 ms."""

_BINS: Final = BLOCK_SAMPLES + 1
_CHANGE: Final = np.float32(5e-4)
"""How much of the room's power may be another one from block to block."""
_SMOOTH: Final = np.float32(0.85)
_HALF: Final = np.float32(0.5)
"""The share of a spectrum that is new sound."""
_FADE: Final = 0.47
"""How much less is expected of each partition than of the one before, as exponent."""
_FIRST_OTHER: Final = 1e4 * 2 * BLOCK_SAMPLES
_MIN_OTHER: Final = np.float32(1.0)
_QUIET: Final = 100.0
"""What is played below this level says nothing of the room."""
_LOUD: Final = 500.0
"""From this level on, a sound says something of the curve of the speaker."""
_MISLED_BLOCKS: Final = 4
"""After so many loud blocks in a row to which it would add sound, it starts anew."""


class EchoFilter:
    """Removes the echo of what is played, block by block."""

    def __init__(self) -> None:
        """Know nothing about the room."""
        fading = np.exp(-_FADE * np.arange(PARTITIONS, dtype=np.float32))
        self._played = np.zeros((SHAPES, PARTITIONS, _BINS), np.complex64)
        self._before = np.zeros((SHAPES, BLOCK_SAMPLES), np.float32)
        self._room = np.zeros((PARTITIONS, _BINS), np.complex64)
        self._first_doubt = np.repeat(fading[:, None], _BINS, 1)
        self._doubt = self._first_doubt
        self._levels = np.zeros(PARTITIONS, np.float32)
        self._misled_blocks = 0
        self._other = np.full(_BINS, _FIRST_OTHER, np.float32)
        self._curve = SpeakerCurve()

    def process(self, recorded: Floats, played: Floats) -> Floats:
        """Return a block of recorded samples without the echo of the played ones."""
        shapes = shaped(played)
        self._push(shapes)
        heard = np.tensordot(self._curve.weights, self._played, 1)
        echo = _sound(np.einsum("pf,pf->f", heard, self._room))[BLOCK_SAMPLES:]
        rest = recorded - echo
        is_loud = self._levels[0] >= _LOUD
        if self._levels.max() >= _QUIET:
            self._learn(heard, _spectrum(_padded(rest)))
        if is_loud and self._curve.note(shapes):
            self._learn_curve(recorded)
        # A filter that adds sound has been misled.
        is_misled = bool(rest @ rest > recorded @ recorded)
        if is_loud:
            self._misled_blocks = self._misled_blocks + 1 if is_misled else 0
            if self._misled_blocks == _MISLED_BLOCKS:
                self._start_anew()
        return recorded if is_misled else rest

    def _push(self, shapes: Floats) -> None:
        """Remember what is played now."""
        both = np.concatenate((self._before, shapes), 1)
        self._before = shapes
        self._played = np.roll(self._played, 1, 1)
        self._played[:, 0] = _spectrum(both)
        self._levels = np.roll(self._levels, 1)
        self._levels[0] = np.sqrt(np.mean(shapes[0] ** 2))

    def _start_anew(self) -> None:
        """Doubt what was learned as on the first day: the room is another one."""
        self._misled_blocks = 0
        power = float(np.mean(np.abs(self._room) ** 2) * PARTITIONS)
        self._doubt = np.maximum(self._doubt, self._first_doubt * min(1.0, power))

    def _learn(self, heard: Spectra, rest: Spectra) -> None:
        """Correct the room by what it did not explain."""
        power = heard.real**2 + heard.imag**2
        unsure = _HALF * np.einsum("pf,pf->f", power, self._doubt)
        rest_power = np.maximum(rest.real**2 + rest.imag**2, _MIN_OTHER)
        self._other = _SMOOTH * self._other + (1 - _SMOOTH) * rest_power
        gain = self._doubt / (unsure + self._other)
        change = _sound(gain * heard.conj() * rest)
        change[:, BLOCK_SAMPLES:] = 0
        self._room = self._room + _spectrum(change)
        room_power = self._room.real**2 + self._room.imag**2
        self._doubt = (1 - _HALF * gain * power) * self._doubt + _CHANGE * room_power

    def _learn_curve(self, recorded: Floats) -> None:
        """Learn what the speaker makes of a sound."""
        echoes = _sound(np.einsum("kpf,pf->kf", self._played, self._room))
        echoes[:, :BLOCK_SAMPLES] = 0
        recorded_spectrum = _spectrum(_padded(recorded))
        self._curve.learn(_spectrum(echoes), recorded_spectrum, self._other)


def _padded(block: Floats) -> Floats:
    """Return a block after as much silence."""
    return np.concatenate((np.zeros(BLOCK_SAMPLES, np.float32), block))


def _spectrum(sound: Floats) -> Spectra:
    """Return the spectra of sounds."""
    return np.fft.rfft(sound).astype(np.complex64, copy=False)


def _sound(spectra: Spectra) -> Floats:
    """Return the sounds of spectra."""
    return np.fft.irfft(spectra).astype(np.float32, copy=False)

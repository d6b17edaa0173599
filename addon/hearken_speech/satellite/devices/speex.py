"""Noise reduction by libspeexdsp, a library of the system."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples

STEP_SAMPLES: Final = 320

_SET_DENOISE: Final = 0
_SET_NOISE_SUPPRESS: Final = 18


class SpeexError(HearkenError):
    """The library is missing."""


@functools.cache
def _library() -> ctypes.CDLL:
    """Load the library; raise SpeexError if it is missing."""
    name = ctypes.util.find_library("speexdsp") or "libspeexdsp.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError as err:
        msg = "noise reduction needs Debian's libspeexdsp1"
        raise SpeexError(msg) from err
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for function, result, arguments in (
        ("speex_preprocess_state_init", pointer, (number, number)),
        ("speex_preprocess_state_destroy", None, (pointer,)),
        ("speex_preprocess_ctl", number, (pointer, number, pointer)),
        ("speex_preprocess_run", number, (pointer, pointer)),
    ):
        declared = getattr(library, function)
        declared.restype, declared.argtypes = result, arguments
    return library


class SpeexNoiseReduction:
    """Reduces steady noise in the voice that is sent."""

    def __init__(self, reduction_db: int) -> None:
        """Reduce noise by up to so many decibels; raise SpeexError without library."""
        self._library = _library()
        self._state: int | None = self._library.speex_preprocess_state_init(
            STEP_SAMPLES, SAMPLE_RATE_HZ
        )
        for request, value in (
            (_SET_DENOISE, 1),
            (_SET_NOISE_SUPPRESS, -abs(reduction_db)),
        ):
            number = ctypes.c_int(value)
            self._library.speex_preprocess_ctl(
                self._state, request, ctypes.byref(number)
            )

    def __del__(self) -> None:
        """Free the filter."""
        state, self._state = getattr(self, "_state", None), None
        if state is not None:
            self._library.speex_preprocess_state_destroy(state)

    def process(self, samples: Samples) -> Samples:
        """Return the samples with less noise; steps of 20 ms are processed."""
        result = np.ascontiguousarray(samples).copy()
        for first in range(0, len(result) - STEP_SAMPLES + 1, STEP_SAMPLES):
            self._library.speex_preprocess_run(self._state, result[first:].ctypes.data)
        return result

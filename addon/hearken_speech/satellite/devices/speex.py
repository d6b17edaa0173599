"""Echo cancelling and noise reduction by libspeexdsp, a library of the system.

Its canceller is linear. Those with better figures on paper suppress the near voice
when both sound at once, which is just when a wake word has to be heard.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import HearkenError
from hearken_speech.protocol import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.devices.echo import EchoReference
    from hearken_speech.satellite.devices.microphone import Frame

STEP_SAMPLES: Final = 320
TAIL_SAMPLES: Final = 4096
"""How late an echo may be: 256 ms."""
# The reference is read a little ahead, as drivers state their latency roughly.
_LEAD_SECONDS: Final = 0.03
# The filter has to learn before it helps: tones and other short sounds pass.
_LEARN_SAMPLES: Final = SAMPLE_RATE_HZ
# Shorter deviations are jitter; following them would unsettle the filter.
_EVEN_SECONDS: Final = 0.001

_SET_SAMPLING_RATE: Final = 24
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
        msg = "echo cancelling and noise reduction need Debian's libspeexdsp1"
        raise SpeexError(msg) from err
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for function, result, arguments in (
        ("speex_echo_state_init", pointer, (number, number)),
        ("speex_echo_state_destroy", None, (pointer,)),
        ("speex_echo_ctl", number, (pointer, number, pointer)),
        ("speex_echo_cancellation", None, (pointer,) * 4),
        ("speex_preprocess_state_init", pointer, (number, number)),
        ("speex_preprocess_state_destroy", None, (pointer,)),
        ("speex_preprocess_ctl", number, (pointer, number, pointer)),
        ("speex_preprocess_run", number, (pointer, pointer)),
    ):
        declared = getattr(library, function)
        declared.restype, declared.argtypes = result, arguments
    return library


class SpeexEchoCanceller:
    """An adaptive filter that learns how the speaker sounds at the microphone."""

    def __init__(
        self, reference: EchoReference, tail_samples: int = TAIL_SAMPLES
    ) -> None:
        """Cancel this sound; raise SpeexError if the library is missing."""
        self._reference = reference
        self._tail_samples = tail_samples
        self._library = _library()
        self._state: int | None = self._library.speex_echo_state_init(
            STEP_SAMPLES, tail_samples
        )
        rate = ctypes.c_int(SAMPLE_RATE_HZ)
        self._library.speex_echo_ctl(
            self._state, _SET_SAMPLING_RATE, ctypes.byref(rate)
        )
        self._echo_samples = 0
        self._played_samples = 0
        self._next_seconds = 0.0

    def process(self, frame: Frame) -> Frame:
        """Return the frame without the echo of the reference."""
        if self._state is None:
            return frame
        begin = frame.time_seconds + _LEAD_SECONDS
        if abs(begin - self._next_seconds) < _EVEN_SECONDS:
            begin = self._next_seconds
        self._next_seconds = begin + len(frame.samples) / SAMPLE_RATE_HZ
        played = self._reference.read(begin, len(frame.samples))
        if played is not None:
            self._echo_samples = self._tail_samples
            self._played_samples += len(frame.samples)
        elif self._echo_samples <= 0:
            self._played_samples = 0
            return frame
        else:
            self._echo_samples -= len(frame.samples)
            played = np.zeros(len(frame.samples), np.int16)
        cancelled = self._cancelled(frame.samples, played)
        if self._played_samples < _LEARN_SAMPLES:
            return frame
        return replace(frame, samples=cancelled)

    def close(self) -> None:
        """Free the filter."""
        state, self._state = self._state, None
        if state is not None:
            self._library.speex_echo_state_destroy(state)

    def _cancelled(self, recorded: Samples, played: Samples) -> Samples:
        """Return recorded samples without the played ones, in steps of 20 ms."""
        recorded = np.ascontiguousarray(recorded)
        played = np.ascontiguousarray(played)
        result = recorded.copy()
        for first in range(0, len(recorded) - STEP_SAMPLES + 1, STEP_SAMPLES):
            self._library.speex_echo_cancellation(
                self._state,
                recorded[first:].ctypes.data,
                played[first:].ctypes.data,
                result[first:].ctypes.data,
            )
        return result


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

"""What removes the echo: nothing, libspeexdsp, or the satellite's own canceller."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.audio.format import NATIVE, Samples, to_bytes
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.echo import EchoCanceller, EchoReference
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame

if TYPE_CHECKING:
    from collections.abc import Callable

OURS: Final = "ours"
NONE: Final = "none"
_SPEEX_STEP: Final = 320
_SPEEX_TAIL: Final = SAMPLE_RATE_HZ // 4
_SPEEX_SET_RATE: Final = 24
# The satellite's own canceller reads its reference as much ahead.
_SPEEX_LEAD: Final = SAMPLE_RATE_HZ * 30 // 1000


def _nothing(recorded: Samples, _played: Samples) -> Samples:
    return recorded


def _ours(recorded: Samples, played: Samples) -> Samples:
    """Return a recording after the satellite's canceller, with its frames."""
    reference = EchoReference()
    canceller = EchoCanceller(reference)
    result = []
    for begin in range(0, len(recorded) - FRAME_SAMPLES, FRAME_SAMPLES):
        # A device takes sound before it is heard.
        ahead = begin + FRAME_SAMPLES if begin else 0
        piece = played[ahead : begin + 2 * FRAME_SAMPLES]
        if len(piece):
            reference.add(to_bytes(piece), NATIVE, ahead / SAMPLE_RATE_HZ)
        samples = recorded[begin : begin + FRAME_SAMPLES]
        frame = Frame(samples, begin, begin / SAMPLE_RATE_HZ)
        result.append(canceller.process(frame).samples)
    return np.concatenate(result)


def _speex(recorded: Samples, played: Samples) -> Samples:
    """Return a recording after libspeexdsp's canceller: 20 ms steps, 250 ms tail."""
    library = _library()
    state = library.speex_echo_state_init(_SPEEX_STEP, _SPEEX_TAIL)
    rate = ctypes.c_int(SAMPLE_RATE_HZ)
    library.speex_echo_ctl(state, _SPEEX_SET_RATE, ctypes.byref(rate))
    recorded = np.ascontiguousarray(recorded)
    early = np.append(played[_SPEEX_LEAD:], np.zeros(_SPEEX_LEAD, np.int16))
    early = np.ascontiguousarray(early, np.int16)
    result = recorded.copy()
    for first in range(0, len(recorded) - _SPEEX_STEP + 1, _SPEEX_STEP):
        steps = (each[first:].ctypes.data for each in (recorded, early, result))
        library.speex_echo_cancellation(state, *steps)
    library.speex_echo_state_destroy(state)
    return result


@functools.cache
def _library() -> ctypes.CDLL:
    """Load Debian's libspeexdsp1."""
    library = ctypes.CDLL(ctypes.util.find_library("speexdsp") or "libspeexdsp.so.1")
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.speex_echo_state_init.restype = pointer
    library.speex_echo_state_init.argtypes = (number, number)
    library.speex_echo_state_destroy.argtypes = (pointer,)
    library.speex_echo_ctl.argtypes = (pointer, number, pointer)
    library.speex_echo_cancellation.argtypes = (pointer,) * 4
    return library


CANCELLERS: Final[dict[str, Callable[[Samples, Samples], Samples]]] = {
    NONE: _nothing,
    "libspeexdsp": _speex,
    OURS: _ours,
}

"""How loud audio was, in steps of 20 ms: what tells one utterance from another."""

import math
from array import array
from typing import Final

from ..client.pcm import SPEECH_FORMAT
from ..protocol import ENVELOPE_STEP_SAMPLES, MAX_ENVELOPE

ENVELOPE_BYTES: Final = MAX_ENVELOPE * ENVELOPE_STEP_SAMPLES * SPEECH_FORMAT.frame_bytes
_FLOOR: Final = 10**-9.6


def envelope_of(samples: bytes) -> tuple[float, ...]:
    """Return the levels of audio in the format of speech, in dB below full scale."""
    values = array("h")
    values.frombytes(samples[-ENVELOPE_BYTES:])
    first = len(values) % ENVELOPE_STEP_SAMPLES
    return tuple(
        _level(values[begin : begin + ENVELOPE_STEP_SAMPLES])
        for begin in range(first, len(values), ENVELOPE_STEP_SAMPLES)
    )


def _level(values: array[int]) -> float:
    """Return the level of one step."""
    power = sum(value * value for value in values) / len(values) / 32768**2
    return round(10 * math.log10(max(power, _FLOOR)), 1)

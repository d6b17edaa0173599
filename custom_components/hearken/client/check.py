"""Test of a server: whether it recognizes a sentence that it speaks itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from ..errors import AudioFormatError, HearkenError, Reason
from ..protocol import SAMPLE_RATE_HZ
from .connection import Address
from .pcm import SPEECH_FORMAT
from .synthesize import Speech, synthesize
from .transcribe import transcribe

_SENTENCES: Final = {
    "en": "turn on the kitchen light",
    "de": "Schalte das Licht in der Küche ein",
    "zh": "打开厨房的灯",
}
"""The sentence of the test, by language."""
_PIECE_BYTES: Final = 4096
_LONGEST_SECONDS: Final = 20
_PAUSE: Final = bytes(SPEECH_FORMAT.bytes_per_second // 2)
"""Half a second of silence before and after the sentence."""
_MIN_LIKENESS: Final = 0.5
"""Share of the words that has to be recognized."""


class RecognitionError(HearkenError):
    """The server recognized something other than the sentence."""

    reason = Reason.MISRECOGNIZED


async def check_recognition(address: Address, languages: Sequence[str]) -> str:
    """Have a sentence spoken and recognized; raise unless most of it is right."""
    known = {tag.partition("-")[0]: tag for tag in reversed(languages)}
    language = next((key for key in _SENTENCES if key in known), None)
    if language is None:
        msg = "there is no test sentence in a language of the speech model"
        raise RecognitionError(msg, reason=Reason.NO_TEST_SENTENCE)
    sentence = _SENTENCES[language]
    speech = await synthesize(address, sentence, language=language)
    heard = await transcribe(address, _microphone(speech), language=known[language])
    if _likeness(sentence, heard.text) < _MIN_LIKENESS:
        msg = f'"{sentence}" was recognized as "{heard.text}"'
        err = RecognitionError(msg)
        err.placeholders = {"said": sentence, "heard": heard.text}
        raise err
    return heard.text


async def _microphone(speech: Speech) -> AsyncIterator[bytes]:
    """Yield the speech in pieces, as a microphone would."""
    samples = _PAUSE + await asyncio.to_thread(_resampled, speech) + _PAUSE
    for position in range(0, len(samples), _PIECE_BYTES):
        yield samples[position : position + _PIECE_BYTES]


def _resampled(speech: Speech) -> bytes:
    """Return the speech at the sample rate of speech-to-text."""
    longest = _LONGEST_SECONDS * speech.format.bytes_per_second
    is_supported = speech.format.frame_bytes == SPEECH_FORMAT.frame_bytes
    if not is_supported or len(speech.samples) > longest:
        msg = f"unsupported speech: {len(speech.samples)} bytes, {speech.format}"
        raise AudioFormatError(msg)
    source = memoryview(speech.samples[: len(speech.samples) // 2 * 2]).cast("h")
    step = speech.format.rate_hz / SAMPLE_RATE_HZ
    target = bytearray()
    for number in range(int((len(source) - 1) / step)):
        position = number * step
        index = int(position)
        share = position - index
        value = source[index] * (1 - share) + source[index + 1] * share
        target += int(value).to_bytes(2, "little", signed=True)
    return bytes(target)


def _likeness(spoken: str, heard: str) -> float:
    """Return the share of the spoken words that were recognized, from 0 to 1."""
    wanted, found = (set(_units(text.lower())) for text in (spoken, heard))
    return len(wanted & found) / len(wanted)


def _units(text: str) -> list[str]:
    """Return the words of a text, or its letters if the language has no spaces."""
    clean = "".join(letter if letter.isalnum() else " " for letter in text)
    words = clean.split()
    return words if len(words) > 1 or text.isascii() else list(clean.strip())

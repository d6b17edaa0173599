"""What is asked of a recording, and the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.protocol import EmptyReason
from hearken_speech.stt.languages import is_to_detect

if TYPE_CHECKING:
    from hearken_speech.protocol import Alternative
    from hearken_speech.stt.engine import Decoding
    from hearken_speech.stt.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Request:
    """How to transcribe a recording."""

    language: str | None = None
    """As the client wrote it; None to detect it."""
    names: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    beam_size: int = 5


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """The transcript of a recording, with details."""

    text: str
    language: str
    model: str
    audio_seconds: float
    decode_seconds: float = 0.0
    confidence: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    """Other texts; without a text, those that the guard is not quite sure to reject."""
    no_speech_probability: float | None = None
    empty_reason: EmptyReason | None = None
    rejected: str = ""
    """Objections of the guard, if it rejected the text."""
    fell_back: bool = False
    decoding: Decoding | None = field(default=None, repr=False, compare=False)
    """What the decoder found, to judge other texts on the same sound."""


def nothing_said(recording: Recording, request: Request, model: str) -> Transcription:
    """Return the transcription of a recording without speech."""
    tag = request.language
    return Transcription(
        text="",
        language="en" if tag is None or is_to_detect(tag) else tag,
        model=model,
        audio_seconds=recording.seconds,
        empty_reason=EmptyReason.NO_SPEECH,
    )

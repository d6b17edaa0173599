"""What a client asks of a recording: language, names, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearken_speech.protocol import TranscribeOptions, read_texts
from hearken_speech.stt.transcription import Request

if TYPE_CHECKING:
    from wyoming.asr import Transcribe

    from hearken_speech.server.recognizer import Recognizer


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """What a client asks of the audio that follows."""

    request: Request
    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    sensitivity: str | None = None


def read_request(message: Transcribe, recognizer: Recognizer) -> SpeechRequest:
    """Return the request of a client, with the names that it stored earlier."""
    options = TranscribeOptions.from_context(message.context)
    stored = recognizer.vocabularies.get(options.vocabulary)
    names, terms = (
        read_texts(message.event().data, f"transcript_{kind}")
        for kind in ("names", "terms")
    )
    if stored:
        names, terms = (*names, *stored.names), (*terms, *stored.terms)
    recognizer.expect(names)
    return SpeechRequest(
        request=Request(
            language=message.language,
            names=names,
            terms=terms,
            beam_size=recognizer.beam_size,
        ),
        options=options,
        sensitivity=message.vad_sensitivity,
    )


def default_request(recognizer: Recognizer) -> SpeechRequest:
    """Return the request of a client that sends audio without asking."""
    return SpeechRequest(request=Request(beam_size=recognizer.beam_size))

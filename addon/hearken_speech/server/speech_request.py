"""What a client asks of a recording: language, names, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import RequestError
from hearken_speech.protocol import TranscribeOptions, read_texts
from hearken_speech.stt.transcription import Request

if TYPE_CHECKING:
    from wyoming.asr import Transcribe

    from hearken_speech.server.recognizer import Recognizer


_STRANGERS_NAMES: Final = 1_000
"""Their pronunciation takes time, which a stranger must not have without limit."""


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """What a client asks of the audio that follows."""

    request: Request
    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    sensitivity: str | None = None
    is_trusted: bool = False
    """Whether the client knows the token."""
    lacks_vocabulary: bool = False
    """Whether no vocabulary is stored under the key that the client named."""


def read_request(
    message: Transcribe, recognizer: Recognizer, *, is_trusted: bool = False
) -> SpeechRequest:
    """Return the request of a client, with the names that it stored earlier.

    Raises HearkenError if it cannot be served.
    """
    if not isinstance(message.language, str | None):
        msg = "the language is not a string"
        raise RequestError(msg)
    recognizer.check(message.language)
    options = TranscribeOptions.from_context(message.context)
    stored = recognizer.vocabularies.get(options.vocabulary, is_trusted=is_trusted)
    names, terms = (
        read_texts(message.event().data, f"transcript_{kind}")
        for kind in ("names", "terms")
    )
    if not is_trusted:
        names, terms = names[:_STRANGERS_NAMES], terms[:_STRANGERS_NAMES]
    if stored:
        names, terms = (*names, *stored.names), (*terms, *stored.terms)
    if is_trusted:
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
        is_trusted=is_trusted,
        lacks_vocabulary=stored is None and options.vocabulary != "",
    )


def default_request(
    recognizer: Recognizer, *, is_trusted: bool = False
) -> SpeechRequest:
    """Return the request of a client that sends audio without asking.

    Raises HearkenError if it cannot be served.
    """
    recognizer.check(None)
    return SpeechRequest(
        request=Request(beam_size=recognizer.beam_size), is_trusted=is_trusted
    )

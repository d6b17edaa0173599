"""What became of a recording, as it is sent to the client and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wyoming.asr import Transcript

from hearken_speech.protocol import TranscriptDetails

if TYPE_CHECKING:
    from hearken_speech.protocol import EndReason
    from hearken_speech.server.last_transcript import LookOffer, NameOffer
    from hearken_speech.stt.transcription import Transcription


@dataclass(frozen=True, kw_only=True)
class SpeechResult:
    """The transcript, and how the utterance ended."""

    transcription: Transcription
    reason: EndReason
    audio_seconds: float
    """Length of the recording; a transcript started in a pause covers less."""
    speculative: bool
    wait_seconds: float
    """Time from the decision that it ended to the transcript."""
    end_seconds: float | None = None
    """Time from the last word to that decision, if the server made it."""
    offer: NameOffer | None = field(default=None, repr=False)
    """What names can be proposed from, if any can."""
    look: LookOffer | None = field(default=None, repr=False)
    """What another look can be taken at, if it would help."""


def transcript(result: SpeechResult) -> Transcript:
    """Return the event for the client."""
    return Transcript(
        text=result.transcription.text,
        language=result.transcription.language,
        context=details(result).context(),
    )


def details(result: SpeechResult) -> TranscriptDetails:
    """Return the details that go to the client."""
    transcription = result.transcription
    return TranscriptDetails(
        audio_seconds=result.audio_seconds,
        decode_seconds=transcription.decode_seconds,
        model=transcription.model,
        empty_reason=transcription.empty_reason,
        no_speech_probability=transcription.no_speech_probability,
        confidence=transcription.confidence,
        alternatives=transcription.alternatives,
        rejected=transcription.rejected,
        speculative=result.speculative,
        wait_seconds=round(result.wait_seconds, 4),
        offers_names=result.offer is not None,
        offers_look=result.look is not None,
    )


def journal_fields(result: SpeechResult) -> dict[str, Any]:
    """Return the details that go into the journal."""
    transcription = result.transcription
    reason = transcription.empty_reason
    return {
        "text": transcription.text,
        "empty_reason": reason.value if reason else None,
        "rejected": transcription.rejected,
        "audio_seconds": result.audio_seconds,
        "decode_seconds": transcription.decode_seconds,
        "wait_seconds": round(result.wait_seconds, 4),
        "end_seconds": result.end_seconds,
        "speculative": result.speculative,
        "end_reason": result.reason.value,
        "model": transcription.model,
    }

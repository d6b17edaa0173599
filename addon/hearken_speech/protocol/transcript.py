"""Details of ``transcript``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .fields import read_items, read_number, read_share, read_short
from .words import CONTEXT_KEY, EmptyReason


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A span of the text, and the name that may have been said in its place."""

    heard: str
    name: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields for the wire."""
        return {"heard": self.heard, "name": self.name}

    @staticmethod
    def from_dict(data: Any) -> Repair | None:
        """Read what was sent; return None if it is invalid."""
        if not isinstance(data, dict):
            return None
        heard, name = read_short(data, "heard"), read_short(data, "name")
        return Repair(heard=heard, name=name) if heard and name else None


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """An alternative text of the recognizer."""

    text: str
    confidence: float
    """0 to 1."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for the wire."""
        return {"text": self.text, "confidence": round(self.confidence, 4)}

    @staticmethod
    def from_dict(data: Any) -> Alternative | None:
        """Read what was sent; return None if it is invalid."""
        if not isinstance(data, dict):
            return None
        text, confidence = read_short(data, "text"), read_share(data, "confidence")
        if not text or confidence is None:
            return None
        return Alternative(text=text, confidence=confidence)


@dataclass(frozen=True, kw_only=True)
class TranscriptDetails:
    """Details of a transcript, in the context of ``transcript``."""

    audio_seconds: float
    """Length of the recording."""
    decode_seconds: float
    """Time the recognizer took."""
    model: str = ""
    empty_reason: EmptyReason | None = None
    """Why there is no text, if there is none."""
    no_speech_probability: float | None = None
    confidence: float | None = None
    """Confidence of the recognizer, 0 to 1."""
    alternatives: tuple[Alternative, ...] = ()
    """Alternative texts, the best first; beside an empty text, what was doubted."""
    rejected: str = ""
    """Objections of the guard against phantom transcripts."""
    speculative: bool | None = None
    """Whether decoding started before the end was decided."""
    wait_seconds: float | None = None
    """Time from the decision that the utterance is over to the transcript."""
    offers_names: bool = False
    """Whether the server can propose names for this transcript (`ProposeNames`)."""
    offers_look: bool = False
    """Whether the server can take another look at the recording (`LookAgain`)."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of a newer peer, unchanged."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details: dict[str, Any] = {
            **self.extra,
            "audio_seconds": self.audio_seconds,
            "decode_seconds": self.decode_seconds,
            "model": self.model,
        }
        optional = {
            "empty_reason": self.empty_reason and self.empty_reason.value,
            "no_speech_probability": self.no_speech_probability,
            "confidence": self.confidence,
            "alternatives": [one.as_dict() for one in self.alternatives] or None,
            "rejected": self.rejected or None,
            "speculative": self.speculative,
            "wait_seconds": self.wait_seconds,
            "offers_names": self.offers_names or None,
            "offers_look": self.offers_look or None,
        }
        details |= {key: value for key, value in optional.items() if value is not None}
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> TranscriptDetails | None:
        """Read the details, without invalid ones; return None if there are none."""
        details = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(details, dict):
            return None
        speculative = details.get("speculative")
        return TranscriptDetails(
            audio_seconds=read_number(details, "audio_seconds") or 0.0,
            decode_seconds=read_number(details, "decode_seconds") or 0.0,
            model=read_short(details, "model"),
            empty_reason=_empty_reason(details.get("empty_reason")),
            no_speech_probability=read_share(details, "no_speech_probability"),
            confidence=read_share(details, "confidence"),
            alternatives=read_items(details, "alternatives", Alternative.from_dict),
            rejected=read_short(details, "rejected"),
            speculative=speculative if isinstance(speculative, bool) else None,
            wait_seconds=read_number(details, "wait_seconds"),
            offers_names=details.get("offers_names") is True,
            offers_look=details.get("offers_look") is True,
        )


def _empty_reason(value: Any) -> EmptyReason | None:
    """Return why a text is empty, None if that is not known."""
    try:
        return EmptyReason(value)
    except ValueError:
        return None

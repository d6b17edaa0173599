"""Messages between a client and the server about an utterance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

from wyoming.event import Event, Eventable

from .fields import (
    read_integer,
    read_items,
    read_number,
    read_optional_integer,
    read_share,
    read_text,
    read_texts,
)
from .transcript import Alternative
from .words import (
    CONTEXT_KEY,
    MAX_PARTIAL_ALTERNATIVES,
    MAX_TEXT_CHARACTERS,
    EndReason,
    UtteranceState,
)


@dataclass(frozen=True, kw_only=True)
class TranscribeOptions:
    """Options of a request, in the context of ``transcribe``."""

    endpointing: bool = False
    """The server detects the end of the utterance; no ``audio-stop`` is needed."""
    partials: bool = False
    """Send partial transcripts while the speaker talks."""
    pauses_only: bool = False
    """Send them only at pauses, where a hint counts: nobody reads them meanwhile."""
    vocabulary: str = ""
    """Use the names that were stored under this key."""
    no_speech_seconds: float | None = None
    """Silence from the start after which nothing was heard; None for the default."""
    lead_seconds: float = 0.0
    """Length of the wake word that the audio starts with."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these options added."""
        options: dict[str, Any] = {
            "endpointing": self.endpointing,
            "partials": self.partials,
        }
        if self.pauses_only:
            options["pauses_only"] = True
        if self.vocabulary:
            options["vocabulary"] = self.vocabulary
        if self.no_speech_seconds is not None:
            options["no_speech_seconds"] = self.no_speech_seconds
        if self.lead_seconds:
            options["lead_seconds"] = self.lead_seconds
        return {**(context or {}), CONTEXT_KEY: options}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> TranscribeOptions:
        """Read the options; use the default of what is missing or invalid."""
        options = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(options, dict):
            return TranscribeOptions()
        key = options.get("vocabulary")
        return TranscribeOptions(
            endpointing=options.get("endpointing") is True,
            partials=options.get("partials") is True,
            pauses_only=options.get("pauses_only") is True,
            vocabulary=key[:MAX_TEXT_CHARACTERS] if isinstance(key, str) else "",
            no_speech_seconds=read_number(options, "no_speech_seconds"),
            lead_seconds=read_number(options, "lead_seconds") or 0.0,
        )


@dataclass(frozen=True, kw_only=True)
class Vocabulary(Eventable):
    """Store names and terms that later requests of the client refer to."""

    key: str
    """Chosen by the client; a later vocabulary with this key replaces this one."""
    names: tuple[str, ...] = ()
    """Names of devices and rooms, the most important first."""
    terms: tuple[str, ...] = ()
    """Other words to expect; less important than names."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a vocabulary."""
        return event_type == "hearken-vocabulary"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-vocabulary",
            data={
                "key": self.key,
                "names": list(self.names),
                "terms": list(self.terms),
            },
        )

    @staticmethod
    @override
    def from_event(event: Event) -> Vocabulary:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return Vocabulary(
            key=read_text(data, "key", required=True),
            names=read_texts(data, "names"),
            terms=read_texts(data, "terms"),
        )


@dataclass(frozen=True, kw_only=True)
class VocabularyMissing(Eventable):
    """Tell the client that no vocabulary is stored under the key of its request.

    The request is served without one; a client that knows the names stores them again.
    """

    key: str

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type reports a missing vocabulary."""
        return event_type == "hearken-vocabulary-missing"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(type="hearken-vocabulary-missing", data={"key": self.key})

    @staticmethod
    @override
    def from_event(event: Event) -> VocabularyMissing:
        """Read the event; raise ValueError if its fields are invalid."""
        return VocabularyMissing(key=read_text(event.data or {}, "key"))


@dataclass(frozen=True, kw_only=True)
class Partial(Eventable):
    """A partial transcript, which may still change."""

    text: str
    revision: int
    """Increases with every partial transcript of a request."""
    confidence: float | None = None
    """Confidence of the recognizer, 0 to 1."""
    alternatives: tuple[Alternative, ...] = ()
    """Alternative texts, the best first; only at a pause."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a partial transcript."""
        return event_type == "hearken-partial"

    @override
    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {"text": self.text, "revision": self.revision}
        if self.confidence is not None:
            data["confidence"] = self.confidence
        if self.alternatives:
            several = self.alternatives[:MAX_PARTIAL_ALTERNATIVES]
            data["alternatives"] = [one.as_dict() for one in several]
        return Event(type="hearken-partial", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> Partial:
        """Read the event; raise ValueError if the text or revision is invalid."""
        data = event.data or {}
        return Partial(
            text=read_text(data, "text"),
            revision=read_integer(data, "revision"),
            confidence=read_share(data, "confidence"),
            alternatives=read_items(
                data, "alternatives", Alternative.from_dict, MAX_PARTIAL_ALTERNATIVES
            ),
        )


@dataclass(frozen=True, kw_only=True)
class UtteranceHint(Eventable):
    """Tell the server what the client knows about a partial transcript."""

    state: UtteranceState
    revision: int
    """The partial transcript that this is about; a hint about an old one is ignored."""

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is a hint."""
        return event_type == "hearken-utterance"

    @override
    def event(self) -> Event:
        """Return the event."""
        return Event(
            type="hearken-utterance",
            data={"state": self.state.value, "revision": self.revision},
        )

    @staticmethod
    @override
    def from_event(event: Event) -> UtteranceHint:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return UtteranceHint(
            state=UtteranceState(read_text(data, "state")),
            revision=read_integer(data, "revision"),
        )


@dataclass(frozen=True, kw_only=True)
class UtteranceEnded(Eventable):
    """Tell the client that the utterance is over; the transcript follows."""

    reason: EndReason
    at_sample: int
    """Samples received when this was decided."""
    speech_start_sample: int | None = None
    """Where speech started; None if there was none."""
    speech_end_sample: int | None = None

    @staticmethod
    @override
    def is_type(event_type: str) -> bool:
        """Return whether an event of this type is the end of an utterance."""
        return event_type == "hearken-ended"

    @override
    def event(self) -> Event:
        """Return the event."""
        data: dict[str, Any] = {
            "reason": self.reason.value,
            "at_sample": self.at_sample,
        }
        if self.speech_start_sample is not None:
            data["speech_start_sample"] = self.speech_start_sample
        if self.speech_end_sample is not None:
            data["speech_end_sample"] = self.speech_end_sample
        return Event(type="hearken-ended", data=data)

    @staticmethod
    @override
    def from_event(event: Event) -> UtteranceEnded:
        """Read the event; raise ValueError if its fields are invalid."""
        data = event.data or {}
        return UtteranceEnded(
            reason=EndReason(read_text(data, "reason")),
            at_sample=read_integer(data, "at_sample"),
            speech_start_sample=read_optional_integer(data, "speech_start_sample"),
            speech_end_sample=read_optional_integer(data, "speech_end_sample"),
        )

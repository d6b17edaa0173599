"""Details of ``detect`` and ``detection``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .fields import read_count, read_items, read_number, read_text
from .words import CONTEXT_KEY, MAX_ENVELOPE, MAX_WORDS


@dataclass(frozen=True, kw_only=True)
class DetectionDetails:
    """Details of a detection, in the context of ``detection``.

    Positions count samples at 16 kHz since ``audio-start``. A peer may leave out
    whatever it does not know.
    """

    score: float
    """Score at the moment of detection, 0 to 1."""
    threshold: float
    """The score that had to be reached, 0 to 1."""
    peak: float | None = None
    """Highest score so far."""
    frames_over: int | None = None
    """Steps of 80 ms that reached the threshold."""
    level_dbfs: float | None = None
    """Level of the word as it was recorded, in dB below full scale."""
    begin_samples: int | None = None
    """Where the word starts."""
    end_samples: int | None = None
    """Where the word ends; the command may start here."""
    position_samples: int | None = None
    """How much audio had been processed at the detection."""
    envelope: tuple[float, ...] = ()
    """Levels in dB below full scale of each 20 ms of what was heard last.

    Several satellites that heard the same person have similar ones.
    """
    age_seconds: float | None = None
    """Time from the end of the envelope to the moment of sending."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details = {
            key: value
            for key, value in asdict(self).items()
            if value is not None and value != ()
        }
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> DetectionDetails | None:
        """Read the details; return None if there are none, or they are invalid."""
        details = context.get(CONTEXT_KEY) if isinstance(context, dict) else None
        if not isinstance(details, dict):
            return None
        score, threshold = (
            read_number(details, "score"),
            read_number(details, "threshold"),
        )
        if score is None or threshold is None:
            return None
        return DetectionDetails(
            score=score,
            threshold=threshold,
            peak=read_number(details, "peak"),
            frames_over=read_count(details, "frames_over"),
            level_dbfs=read_number(details, "level_dbfs"),
            begin_samples=read_count(details, "begin_samples"),
            end_samples=read_count(details, "end_samples"),
            position_samples=read_count(details, "position_samples"),
            envelope=read_items(details, "envelope", _level, MAX_ENVELOPE),
            age_seconds=read_number(details, "age_seconds"),
        )


def _level(value: Any) -> float | None:
    """Return a level from the wire, None if it is invalid."""
    return read_number({"level": value}, "level")


@dataclass(frozen=True, kw_only=True)
class WordSensitivity:
    """When a wake word counts as detected; None keeps the default."""

    threshold: float | None = None
    """Score that has to be reached, above 0 and up to 1."""
    patience: int | None = None
    """Consecutive steps of 80 ms that have to reach it."""
    refractory_seconds: float | None = None
    """Time after a detection in which the word is not detected again."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for the wire."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @staticmethod
    def from_dict(data: Any) -> WordSensitivity:
        """Read what was sent; raise ValueError if it is invalid."""
        if not isinstance(data, dict):
            msg = "the sensitivity of a wake word is not an object"
            raise ValueError(msg)  # noqa: TRY004 - one error for all of the wire
        numbers = {
            key: read_number(data, key) for key in ("threshold", "refractory_seconds")
        }
        patience = read_count(data, "patience")
        for key, value in {**numbers, "patience": patience}.items():
            if key in data and value is None:
                msg = f"{key} is not a usable number"
                raise ValueError(msg)
        return WordSensitivity(patience=patience, **numbers)


@dataclass(frozen=True, kw_only=True)
class DetectDetails:
    """How to listen, in the context of ``detect``.

    If it is sent again during the audio, it applies from the next step of 80 ms.
    """

    stream: str = ""
    """Name of the satellite, for records and the panel."""
    default: WordSensitivity = field(default_factory=WordSensitivity)
    """Default for words without settings of their own."""
    words: dict[str, WordSensitivity] = field(default_factory=dict)
    """Settings of single words."""

    def context(self, context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a Wyoming context with these details added."""
        details = {
            "stream": self.stream,
            "default": self.default.to_dict(),
            "words": {name: word.to_dict() for name, word in self.words.items()},
        }
        return {**(context or {}), CONTEXT_KEY: details}

    @staticmethod
    def from_context(context: dict[str, Any] | None) -> DetectDetails:
        """Read the details; raise ValueError if they are invalid."""
        details = (context or {}).get(CONTEXT_KEY, {})
        words = details.get("words", {}) if isinstance(details, dict) else None
        if not isinstance(words, dict) or len(words) > MAX_WORDS:
            msg = "the details of detect are not usable"
            raise ValueError(msg)
        return DetectDetails(
            stream=read_text(details, "stream"),
            default=WordSensitivity.from_dict(details.get("default", {})),
            words={
                str(name): WordSensitivity.from_dict(word)
                for name, word in words.items()
            },
        )

"""Reads evidence out of what a speech server heard; without input or output."""

from collections.abc import Sequence
from typing import Final

from ..client.words import WakeRecord
from .threshold import Evidence, EvidenceKind

REPEATED_SECONDS: Final = 10.0
"""Who is not heard says the word again within this time."""
SAME_WORD_SECONDS: Final = 1.0
"""What is nearer belongs to the same word."""
_REFUTED: Final = "refuted"
_SAME: Final = 0.005
"""Thresholds that differ less are the same."""


def newest_detection(
    records: Sequence[WakeRecord], stream: str, word: str
) -> WakeRecord | None:
    """Return the last detection of a word at a satellite; the newest come first."""
    return next(
        (r for r in records if r.is_detected and (r.stream, r.word) == (stream, word)),
        None,
    )


def evidence_of(
    records: Sequence[WakeRecord],
    detection: WakeRecord,
    kind: EvidenceKind,
    threshold: float,
) -> list[Evidence]:
    """Return what a detection shows, given how the exchange after it ended.

    Only a command shows that near misses just before it were real. One that the speech
    model heard as something else was not.
    """
    if abs(detection.threshold - threshold) > _SAME:
        return []
    found = [Evidence(kind=kind, at=detection.at, peak=detection.peak)]
    if kind is not EvidenceKind.COMMAND:
        # What only the speech model took for the word, no threshold prevents.
        is_below = detection.peak < detection.threshold - _SAME
        return [] if is_below else found
    before = _before(records, detection)
    near = [
        one
        for one in records
        if not one.is_detected
        and (one.stream, one.word) == (detection.stream, detection.word)
        and one.check != _REFUTED
        and abs(one.threshold - threshold) <= _SAME
        and one.at > before
        and SAME_WORD_SECONDS <= detection.at - one.at <= REPEATED_SECONDS
    ]
    if near:
        # However often somebody tried, it is one person at one moment.
        peak = max(one.peak for one in near)
        found.append(Evidence(kind=EvidenceKind.REPEATED, at=detection.at, peak=peak))
    return found


def _before(records: Sequence[WakeRecord], detection: WakeRecord) -> float:
    """Return when the word was detected the time before; what is older is settled."""
    return max(
        (
            one.at
            for one in records
            if one.is_detected
            and (one.stream, one.word) == (detection.stream, detection.word)
            and one.at < detection.at
        ),
        default=float("-inf"),
    )

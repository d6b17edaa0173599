"""Test what records of a server show."""

from __future__ import annotations

import json
from dataclasses import asdict

from custom_components.hearken.calibration.evidence import (
    evidence_of,
    newest_detection,
)
from custom_components.hearken.calibration.threshold import Evidence, EvidenceKind
from custom_components.hearken.client.words import WakeRecord, read_records
from hearken_speech.wake.records import Check
from hearken_speech.wake.records import WakeRecord as SentRecord


def record(
    at: float,
    peak: float,
    *,
    detected: bool = False,
    threshold: float = 0.6,
    stream: str = "Kitchen",
    check: str | None = None,
) -> WakeRecord:
    """Return a record."""
    return WakeRecord(
        at=at,
        stream=stream,
        word="okay_house",
        is_detected=detected,
        peak=peak,
        threshold=threshold,
        check=check,
    )


HEARD = record(100.0, 0.8, detected=True)
COMMAND = Evidence(kind=EvidenceKind.COMMAND, at=100.0, peak=0.8)


def found(*before: WakeRecord) -> list[Evidence]:
    """Return what a detection with a command shows, after these records."""
    records = [HEARD, *before]
    assert newest_detection(records, "Kitchen", "okay_house") == HEARD
    return evidence_of(records, HEARD, EvidenceKind.COMMAND, 0.6)


def test_word_that_was_repeated_is_a_real_near_miss() -> None:
    """Several attempts are one person; the best of them counts."""
    near = Evidence(kind=EvidenceKind.REPEATED, at=100.0, peak=0.57)
    assert found(record(97.0, 0.57), record(94.0, 0.4)) == [COMMAND, near]


def test_word_that_only_the_speech_model_found_is_no_false_wake() -> None:
    """No threshold would have prevented it; as a command it is one."""
    found_later = record(100.0, 0.5, detected=True, check="confirmed")
    for kind in EvidenceKind:
        expected = [Evidence(kind=kind, at=100.0, peak=0.5)]
        if kind is not EvidenceKind.COMMAND:
            expected = []
        assert evidence_of([found_later], found_later, kind, 0.6) == expected


def test_records_are_those_of_the_server() -> None:
    """Both sides name them alike."""
    sent = SentRecord(
        id=1,
        time=100.0,
        stream="Kitchen",
        word="okay_house",
        detected=False,
        peak=0.57,
        threshold=0.6,
        frames_over=0,
        level_dbfs=-30.0,
        check=Check.REFUTED,
    )
    told = json.loads(json.dumps([asdict(sent)]))
    assert read_records(told) == (record(100.0, 0.57, check="refuted"),)


def test_others_are_none() -> None:
    """Too early, the same word, another room, refuted, or another threshold."""
    assert found(
        record(99.5, 0.57),
        record(89.0, 0.57),
        record(97.0, 0.57, stream="Bedroom"),
        record(97.0, 0.57, check="refuted"),
        record(97.0, 0.57, threshold=0.7),
    ) == [COMMAND]


def test_near_miss_before_another_detection_is_settled() -> None:
    """It belongs to the detection that followed it."""
    assert found(record(96.0, 0.7, detected=True), record(93.0, 0.57)) == [COMMAND]


def test_without_a_command_near_misses_show_nothing() -> None:
    """Somebody in a film may have said both."""
    records = [HEARD, record(97.0, 0.57)]
    silence = Evidence(kind=EvidenceKind.SILENCE, at=100.0, peak=0.8)
    assert evidence_of(records, HEARD, EvidenceKind.SILENCE, 0.6) == [silence]
    assert evidence_of(records, HEARD, EvidenceKind.COMMAND, 0.5) == []
    assert newest_detection(records, "Bedroom", "okay_house") is None

"""Test the records of detections."""

from hearken_speech.wake.events import Detected, NearlyHeard, WordHeard
from hearken_speech.wake.records import WakeRecords


def _heard(kind: type[WordHeard], peak: float) -> WordHeard:
    """Return an event."""
    return kind(
        position_samples=16_000,
        word="alexa",
        score=peak,
        peak=peak,
        threshold=0.5,
        frames_over=2,
        level_dbfs=-20.0,
        begin_samples=0,
        end_samples=15_000,
    )


def test_newest_records_come_first_and_the_oldest_go() -> None:
    """The number of records is limited, with the newest first."""
    records = WakeRecords(max_records=3, clock=lambda: 86_400.0)
    for count in range(5):
        records.add("kitchen", _heard(Detected, count / 10))
    assert [record.peak for record in records.newest()] == [0.4, 0.3, 0.2]
    newest = records.newest()[0]
    assert (newest.stream, newest.word, newest.detected) == ("kitchen", "alexa", True)
    assert (newest.time, newest.threshold, newest.level_dbfs) == (86_400, 0.5, -20)
    assert newest.clip_name == "19700102T000000Z-5-heard-alexa-kitchen"
    assert not records.wants_clips


def test_near_misses_are_told_from_detections_and_can_be_cleared() -> None:
    """Each record states whether it is a near miss."""
    records = WakeRecords()
    record = records.add("kitchen", _heard(NearlyHeard, 0.4))
    assert not record.detected
    assert "-near-" in record.clip_name
    records.clear()
    assert records.newest() == []

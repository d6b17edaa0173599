"""Test the statistics of recent requests."""

import pytest

from hearken_speech.server.journal import Journal
from hearken_speech.server.statistics import Statistics, percentile


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7.0], 95, 7.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([float(number) for number in range(1, 101)], 95, 95.0),
        ([1.0, 2.0], 0, 1.0),
    ],
)
def test_percentile(
    values: list[float], percent: float, expected: float | None
) -> None:
    """The order of values is irrelevant; without values there is no percentile."""
    assert percentile(values, percent) == expected


def test_times_go_to_their_stages() -> None:
    """Each stage has its times; missing or invalid ones are left out."""
    journal = Journal()
    journal.add("transcript", decode_seconds=0.2, wait_seconds=0.01, end_seconds=0.5)
    journal.add("transcript", decode_seconds=0.4, wait_seconds=None, end_seconds=-1.0)
    journal.add("detection", word="alexa", lag_seconds=0.16)
    journal.add("spoken", seconds=0.05)
    journal.add("error", decode_seconds=9.0)
    stages = journal.statistics.summary()["stages"]
    assert stages == {
        "wake": {"count": 1, "p50_ms": 160.0, "p95_ms": 160.0},
        "end_of_speech": {"count": 1, "p50_ms": 500.0, "p95_ms": 500.0},
        "decode": {"count": 2, "p50_ms": 200.0, "p95_ms": 400.0},
        "answer": {"count": 1, "p50_ms": 10.0, "p95_ms": 10.0},
        "speak": {"count": 1, "p50_ms": 50.0, "p95_ms": 50.0},
    }


def test_old_times_are_forgotten() -> None:
    """Only the most recent requests count."""
    statistics = Statistics()
    for _ in range(10):
        statistics.record("spoken", {"seconds": 9.0})
    for _ in range(200):
        statistics.record("spoken", {"seconds": 0.1})
    assert statistics.summary()["stages"]["speak"] == {
        "count": 200,
        "p50_ms": 100.0,
        "p95_ms": 100.0,
    }


def test_wake_words_of_the_last_hour() -> None:
    """Older detections do not count."""
    now = 0.0
    statistics = Statistics(clock=lambda: now)
    statistics.record("detection", {})
    now = 3000.0
    statistics.record("detection", {})
    assert statistics.summary()["wake_words_last_hour"] == 2
    now = 3700.0
    assert statistics.summary()["wake_words_last_hour"] == 1


def test_phantoms_are_counted() -> None:
    """All blocked texts are counted, whatever the reason, and nothing else."""
    statistics = Statistics()
    for details in (
        {"empty_reason": "phantom", "rejected": "phantom-phrase, lead"},
        {"empty_reason": "no-speech", "rejected": "no-speech-probability"},
        {"empty_reason": "no-speech", "rejected": ""},
        {"empty_reason": None, "rejected": ""},
    ):
        statistics.record("transcript", details)
    assert statistics.summary()["phantoms_stopped"] == 2


def test_watchers_hear_of_each_event_until_they_stop() -> None:
    """Watchers are called for events, but not for mere counts."""
    journal = Journal()
    heard: list[str] = []
    stop = journal.watch(lambda entry: heard.append(entry["kind"]))
    journal.add("spoken", text="hello")
    journal.count("unknown-event")
    stop()
    journal.add("spoken", text="hello again")
    assert heard == ["spoken"]

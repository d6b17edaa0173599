"""Test the decision whether a word was said."""

from typing import Any

import pytest

from hearken_speech.wake.detector import Verdict, WordDetector
from hearken_speech.wake.settings import WordSettings

STEP = 1280
PLAIN = WordSettings(threshold=0.5, patience=2, refractory_seconds=1.0)


def _play(scores: list[float], settings: WordSettings = PLAIN) -> dict[int, Verdict]:
    """Return the events by step."""
    detector = WordDetector()
    taken = {
        step: detector.process(score, (step + 1) * STEP, settings)
        for step, score in enumerate(scores)
    }
    return {step: verdict for step, verdict in taken.items() if verdict is not None}


def test_word_is_heard_when_its_score_holds() -> None:
    """One of the steps may be below the threshold; it counts at once."""
    ((step, verdict),) = _play([0, 0.3, 0.6, 0.9, 0.9, 0]).items()
    assert (step, verdict.detected) == (2, True)
    assert (verdict.score, verdict.peak, verdict.frames_over) == (0.6, 0.6, 1)
    assert verdict.rise_samples == 2 * STEP
    ((step, verdict),) = _play([0, 0.6, 0.3, 0]).items()
    assert (step, verdict.detected, verdict.peak) == (2, True, 0.6)


def test_sure_score_counts_at_once() -> None:
    """It does not have to hold, unless more patience than usual is asked for."""
    ((step, verdict),) = _play([0, 0.96, 0.1]).items()
    assert (step, verdict.detected, verdict.frames_over) == (1, True, 1)
    patient = WordSettings(threshold=0.5, patience=3)
    assert not any(v.detected for v in _play([0, 0.96, 0.1], patient).values())


@pytest.mark.parametrize(
    ("patience", "expected"), [(1, [2]), (2, [3]), (3, [4]), (4, [])]
)
def test_patience_counts_steps_in_a_row(patience: int, expected: list[int]) -> None:
    """A fall below half the threshold restarts the count."""
    settings = WordSettings(threshold=0.5, patience=patience)
    scores = [0, 0, 0.6, 0.6, 0.6, 0.2, 0.6, 0, 0]
    heard = [s for s, v in _play(scores, settings).items() if v.detected]
    assert heard == expected


def test_word_is_not_heard_again_at_once() -> None:
    """The refractory time prevents a second detection of the same word."""
    assert [s for s, v in _play([0.9] * 30).items() if v.detected] == [1, 15, 29]


def test_near_miss_is_noted_when_it_falls() -> None:
    """A peak between half the threshold and the threshold is a near miss."""
    ((step, verdict),) = _play([0, 0.3, 0.45, 0.3, 0.1, 0]).items()
    assert (step, verdict.detected) == (4, False)
    assert (verdict.peak, verdict.frames_over) == (0.45, 0)
    assert verdict.peak_samples == 3 * STEP


def test_first_of_equal_peaks_counts() -> None:
    """The peak is where the score was reached."""
    ((_, verdict),) = _play([0.45, 0.45, 0.1]).items()
    assert verdict.peak_samples == STEP


def test_too_short_a_word_is_a_near_miss() -> None:
    """A single step over the threshold is only reported as a near miss."""
    ((_, verdict),) = _play([0, 0.9, 0.1]).items()
    assert (verdict.detected, verdict.peak, verdict.frames_over) == (False, 0.9, 1)


def test_low_scores_are_nothing() -> None:
    """Scores below half the threshold are ignored."""
    assert _play([0.24, 0.1, 0.2, 0.0]) == {}


def test_changed_settings_hold_from_the_next_step() -> None:
    """A lower threshold applies from the next step."""
    detector = WordDetector()
    assert detector.process(0.4, STEP, PLAIN) is None
    verdict = detector.process(0.4, 2 * STEP, WordSettings(threshold=0.3, patience=1))
    assert verdict is not None
    assert verdict.detected


def test_end_of_audio_concludes() -> None:
    """A rise that is cut off by the end is a near miss."""
    detector = WordDetector()
    detector.process(0.9, STEP, PLAIN)
    verdict = detector.end()
    assert verdict is not None
    assert not verdict.detected
    assert detector.end() is None


@pytest.mark.parametrize("first", [[0.9, 0.1], [0.45, 0.1], [0.9, 0.9]])
def test_second_rise_is_judged_by_itself(first: list[float]) -> None:
    """Peak, place and count are those of this rise, not of the one before."""
    settings = WordSettings(threshold=0.5, patience=2, refractory_seconds=2 * 0.08)
    quiet = [0.0, 0.0, 0.0]
    *_, (step, verdict) = _play([*first, *quiet, 0.3, 0.6, 0.7], settings).items()

    begin = len(first) + len(quiet)
    assert (step, verdict.detected) == (begin + 1, True)
    assert (verdict.peak, verdict.frames_over) == (0.6, 1)
    assert verdict.rise_samples == (begin + 1) * STEP
    assert verdict.peak_samples == (begin + 2) * STEP


def test_scores_within_the_refractory_time_are_no_rise() -> None:
    """A rise that begins in it begins after it."""
    settings = WordSettings(threshold=0.5, patience=1, refractory_seconds=3 * 0.08)
    heard = _play([0.0, 0.9, 0.8, 0.7, 0.6, 0.0], settings)

    assert [(step, verdict.detected) for step, verdict in heard.items()] == [
        (1, True),
        (4, True),
    ]
    assert (heard[4].peak, heard[4].rise_samples) == (0.6, 5 * STEP)


def test_patience_does_not_go_on_after_a_word() -> None:
    """Each detection needs its own steps in a row."""
    settings = WordSettings(threshold=0.5, patience=3, refractory_seconds=0)
    heard = _play([0.9] * 7, settings)

    assert [(step, v.frames_over) for step, v in heard.items()] == [(2, 3), (5, 3)]


def test_score_at_the_threshold_counts() -> None:
    """The threshold itself is enough, and half of it is a near miss."""
    settings = WordSettings(threshold=0.5, patience=1)
    at_once = _play([0.5], settings)[0]
    assert at_once.detected
    assert (at_once.peak, at_once.frames_over, at_once.rise_samples) == (0.5, 1, STEP)
    ((_, verdict),) = _play([0.25, 0.0], settings).items()
    assert not verdict.detected


@pytest.mark.parametrize(
    "fields",
    [
        {"threshold": 0},
        {"threshold": 1.01},
        {"threshold": float("nan")},
        {"patience": 0},
        {"patience": 26},
        {"refractory_seconds": -1},
        {"refractory_seconds": 61},
    ],
)
def test_senseless_settings_are_refused(fields: dict[str, Any]) -> None:
    """Invalid settings raise ValueError."""
    with pytest.raises(ValueError, match="must be"):
        WordSettings(**fields)


FAINT = WordSettings(threshold=0.5, patience=2, finds_faint=True)


def test_faint_peak_is_found_when_its_word_is_over() -> None:
    """It is found once, three steps after the peak, even if the score stays up."""
    ((step, verdict),) = _play([0, 0.06, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1], FAINT).items()
    assert (step, verdict.detected, verdict.is_faint) == (5, False, True)
    assert (verdict.peak, verdict.frames_over) == (0.2, 0)
    assert (verdict.rise_samples, verdict.peak_samples) == (2 * STEP, 3 * STEP)
    ((step, _),) = _play([0, 0.2, 0, 0, 0, 0], FAINT).items()
    assert step == 4


def test_each_rise_has_a_faint_peak_of_its_own() -> None:
    """The next rise is judged by itself."""
    found = _play([0.1, 0, 0, 0, 0, 0.2, 0.1, 0, 0], FAINT)
    assert {step: verdict.peak for step, verdict in found.items()} == {3: 0.1, 8: 0.2}
    assert found[8].rise_samples == 6 * STEP


def test_what_becomes_a_near_miss_or_a_word_is_not_faint() -> None:
    """Neither on its way up nor on its way down."""
    near = _play([0, 0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0, 0, 0, 0], FAINT)
    assert [verdict.is_faint for verdict in near.values()] == [False]
    word = _play([0.1, 0.2, 0.6, 0.9, 0.2, 0.2, 0.2, 0.2, 0.2, 0, 0], FAINT)
    assert [(v.detected, v.is_faint) for v in word.values()] == [(True, False)]


@pytest.mark.parametrize(
    ("threshold", "found", "below"),
    [(0.2, 0.03, 0.029), (0.5, 0.05, 0.049), (0.8, 0.081, 0.079)],
)
def test_faint_peaks_follow_the_threshold(
    threshold: float, found: float, below: float
) -> None:
    """A low threshold finds no more of them than there is speech."""
    settings = WordSettings(threshold=threshold, finds_faint=True)
    assert [v.is_faint for v in _play([found, 0, 0, 0], settings).values()] == [True]
    assert _play([below, 0, 0, 0], settings) == {}


def test_nobody_looks_for_faint_peaks_unless_asked() -> None:
    """Without somebody to ask, they are nothing."""
    assert _play([0, 0.09, 0.2, 0.1, 0, 0, 0, 0]) == {}


def test_end_of_audio_concludes_a_faint_peak() -> None:
    """A word at the very end is asked about, too."""
    detector = WordDetector()
    assert detector.process(0.2, STEP, FAINT) is None
    verdict = detector.end()
    assert verdict is not None
    assert verdict.is_faint
    assert detector.end() is None

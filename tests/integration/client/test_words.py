"""Test what is read about wake words that a server makes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from custom_components.hearken.client.words import (
    GAIN_KEYS,
    STAGES,
    read_job,
    read_records,
    read_words,
)
from custom_components.hearken.errors import BadEventError
from tests.contract.files import translation

WRONG: tuple[Any, ...] = (
    *(None, True, -1, "x", [], {}, [[]], math.nan, math.inf, 10**400, 1e308),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: str(value)[:20])
def test_nonsense_about_a_job(wrong: Any) -> None:
    """Whatever the server sends, the dialog can show it."""
    fields = ("stage", "percent", "error", "reason", "running")
    word = {"id": "a", "phrase": "b", "expected": {"hours": wrong}}
    job = read_job({"job": {"number": 1, "word": word, **dict.fromkeys(fields, wrong)}})
    assert job is not None
    assert 0.0 <= job.percent <= 100.0
    assert job.stage == ""
    assert job.word is not None
    for value in job.word.expected.values():
        assert math.isfinite(value)
        assert len(f"{value:g}") < 20


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: str(value)[:20])
def test_nonsense_about_the_owners_sounds(wrong: Any) -> None:
    """A gain is shown with all of its figures, or not at all."""
    fields = ("kept", "can_undo", "candidate")
    (word,) = read_words(
        {"words": [{"id": "a", "phrase": "b", **dict.fromkeys(fields, wrong)}]}
    )
    assert (word.sounds, word.gain) == (0, None)
    figures = dict.fromkeys(GAIN_KEYS, wrong)
    candidate = {"before": figures, "after": figures}
    (word,) = read_words(
        {"words": [{"id": "a", "phrase": "b", "candidate": candidate}]}
    )
    for figure in (word.gain or {}).values():
        assert math.isfinite(figure)
    record = dict.fromkeys(("time", "peak", "threshold", "check"), wrong)
    for found in read_records([{**record, "stream": "a", "word": "b"}]):
        assert math.isfinite(found.peak)


def test_stages_have_texts() -> None:
    """A dialog shows each of them, and nothing else that a server says."""
    texts = translation("en")["config_subentries"]["wake_word"]["progress"]
    assert set(texts) == set(STAGES)
    job = read_job({"job": {"number": 1, "stage": STAGES[1], "percent": 50}})
    assert job is not None
    assert (job.stage, job.percent) == (STAGES[1], 50.0)


@pytest.mark.parametrize(
    "job", [[], {}, {"number": True}, {"number": 1, "word": {"id": "a"}}]
)
def test_job_without_its_number_or_word(job: Any) -> None:
    """What is needed has to be there."""
    with pytest.raises(BadEventError):
        read_job({"job": job})

"""Wake words that a server makes, with everything invalid removed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import BadEventError, RequestRefusedError, WordRefusedError
from ..protocol import MAX_TEXT_CHARACTERS, WakeKey
from ..protocol.fields import read_number

STAGES = ("speaking", "listening", "learning")
"""What the server does, one after the other."""
_EXPECTED = (
    "missed_percent",
    "missed_noisy_percent",
    "false_accepts",
    "hours",
    "most_false_accepts_a_day",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeWord:
    """A wake word that the server made, and what to expect of it."""

    id: str
    phrase: str
    expected: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class MakingJob:
    """The wake word that the server makes, or made last."""

    number: int
    is_running: bool
    stage: str
    percent: float
    word: MadeWord | None
    error: str | None
    reason: str | None


def read_job(data: Any) -> MakingJob | None:
    """Return the job in an answer; None if there is none."""
    job = data.get(WakeKey.JOB) if isinstance(data, dict) else None
    if job is None:
        return None
    if not isinstance(job, dict) or type(job.get("number")) is not int:
        msg = "the job has no number"
        raise BadEventError(msg)
    return MakingJob(
        number=job["number"],
        is_running=job.get("running") is True,
        stage=next((stage for stage in STAGES if stage == job.get("stage")), ""),
        percent=min(max(read_number(job, "percent") or 0.0, 0.0), 100.0),
        word=_word(job.get("word")),
        error=_text(job.get("error")),
        reason=_text(job.get("reason")),
    )


def word_refused(err: RequestRefusedError) -> RequestRefusedError | WordRefusedError:
    """Return why a text cannot be a wake word, if that is what the server said."""
    try:
        told = json.loads(err.text)
    except ValueError:
        return err
    if not isinstance(told, dict):
        return err
    return WordRefusedError(_text(told.get("error")) or "", _text(told.get("reason")))


def _word(data: Any) -> MadeWord | None:
    """Return a word, None if it is not made yet."""
    if not isinstance(data, dict):
        return None
    word_id, phrase = _text(data.get("id")), _text(data.get("phrase"))
    if word_id is None or phrase is None:
        msg = "the wake word has no ID"
        raise BadEventError(msg)
    expected = data.get("expected")
    known = expected if isinstance(expected, dict) else {}
    return MadeWord(
        id=word_id,
        phrase=phrase,
        expected={
            key: number
            for key in _EXPECTED
            if (number := read_number(known, key)) is not None
        },
    )


def _text(value: Any) -> str | None:
    """Return a text of a bearable length."""
    return value[:MAX_TEXT_CHARACTERS] if isinstance(value, str) and value else None

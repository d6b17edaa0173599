"""Wake words that a server makes, with everything invalid removed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..const import MAX_LIST_ITEMS
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
GAIN_KEYS = (
    "recordings",
    "missed",
    "most_missed_percent",
    "missed_scenes_percent",
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
    recordings: int = 0
    """Recordings of the owner that are kept for it."""
    others: int = 0
    """Sounds that the owner said are something else."""
    can_undo: bool = False
    gain: Mapping[str, float] | None = None
    """What an improvement that was not accepted yet would change."""

    @property
    def sounds(self) -> int:
        """Return how many sounds there are to learn from."""
        return self.recordings + self.others


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeRecord:
    """A wake word that the server heard, or nearly heard."""

    at: float
    """Seconds since 1970, on the clock of the server."""
    stream: str
    word: str
    is_detected: bool
    peak: float
    threshold: float
    check: str | None
    """What the speech model said of it."""


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


def read_words(data: Any) -> tuple[MadeWord, ...]:
    """Return the words in an answer."""
    words = data.get(WakeKey.WORDS) if isinstance(data, dict) else None
    if not isinstance(words, list):
        msg = "there is no list of wake words"
        raise BadEventError(msg)
    found = (_word(word) for word in words[:MAX_LIST_ITEMS])
    return tuple(word for word in found if word is not None)


def read_records(data: Any) -> tuple[WakeRecord, ...]:
    """Return the records in an answer, the newest first, without invalid ones."""
    if not isinstance(data, list):
        msg = "there is no list of records"
        raise BadEventError(msg)
    found = (_record(record) for record in data[:MAX_LIST_ITEMS])
    return tuple(record for record in found if record is not None)


def read_clips(data: Any) -> tuple[str, ...]:
    """Return the names of the clips in an answer, the newest first."""
    clips = data[:MAX_LIST_ITEMS] if isinstance(data, list) else []
    names = (_text(clip.get("name")) for clip in clips if isinstance(clip, dict))
    return tuple(name for name in names if name is not None)


def _record(data: Any) -> WakeRecord | None:
    """Return a record, None if it is invalid."""
    if not isinstance(data, dict):
        return None
    stream, word = _text(data.get("stream")), _text(data.get("word"))
    numbers = [read_number(data, key) for key in ("time", "peak", "threshold")]
    if stream is None or word is None or None in numbers:
        return None
    at, peak, threshold = (number or 0.0 for number in numbers)
    return WakeRecord(
        at=at,
        stream=stream,
        word=word,
        is_detected=data.get("detected") is True,
        peak=peak,
        threshold=threshold,
        check=_text(data.get("check")),
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
        recordings=_kept(data, WakeKey.RECORDINGS),
        others=_kept(data, WakeKey.OTHERS),
        can_undo=data.get(WakeKey.CAN_UNDO) is True,
        gain=_gain(data.get(WakeKey.CANDIDATE)),
    )


def _kept(data: Mapping[str, Any], kind: str) -> int:
    """Return how many sounds of a kind are kept."""
    kept = data.get(WakeKey.KEPT)
    count = kept.get(kind) if isinstance(kept, dict) else None
    return count if type(count) is int and count > 0 else 0


def _gain(data: Any) -> Mapping[str, float] | None:
    """Return the figures of a gain, those before and those after; None if unusable."""
    if not isinstance(data, dict):
        return None
    figures = {}
    for side in ("before", "after"):
        results = data.get(side)
        for key in GAIN_KEYS:
            figure = read_number(results, key) if isinstance(results, dict) else None
            if figure is None:
                return None
            figures[f"{side}_{key}"] = figure
    return figures


def _text(value: Any) -> str | None:
    """Return a text of a bearable length."""
    return value[:MAX_TEXT_CHARACTERS] if isinstance(value, str) and value else None

"""The state of one stream: its words, its last seconds, its detectors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.ring import SampleRing
from hearken_speech.protocol import SAMPLE_RATE_HZ

from .clips import AFTER_SECONDS, BEFORE_SECONDS
from .detector import Verdict, WordDetector
from .events import Detected, FaintlyHeard, NearlyHeard, Scores, WordHeard
from .place import level_dbfs, place_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from .records import WakeRecord, WakeRecords
    from .settings import WordSettings

REMEMBERED_SECONDS: Final = 2.5
SETTLING_STEPS: Final = 5
"""Steps after the beginning whose scores do not count, as in openWakeWord."""

_BEFORE_SAMPLES: Final = round(BEFORE_SECONDS * SAMPLE_RATE_HZ)
_AFTER_SAMPLES: Final = round(AFTER_SECONDS * SAMPLE_RATE_HZ)


class StreamState:
    """Turns the scores of one stream into detections. Used by one thread."""

    def __init__(
        self, name: str, words: Mapping[str, WordSettings], records: WakeRecords
    ) -> None:
        """Set the words to listen for."""
        self.name = name
        self.words = words
        """Settings by word id; replaced as a whole, effective from the next step."""
        self.slot = -1
        """Slot of the stream in the feature bank."""
        self.watchers: tuple[Callable[[Scores], None], ...] = ()
        self.detected = False
        """Whether any word was detected since the audio began."""
        self._records = records
        self._recent = SampleRing(round(REMEMBERED_SECONDS * SAMPLE_RATE_HZ))
        self._detectors: dict[str, WordDetector] = {}
        self._clips_due: list[tuple[int, WakeRecord]] = []
        self._steps = 0

    @property
    def position_samples(self) -> int:
        """Return the position in the stream after the last step."""
        return self._recent.end

    def skip(self, samples: int) -> None:
        """Note that audio was dropped before the next step."""
        if samples:
            self._recent.skip(samples)

    def process(
        self, samples: np.ndarray, scores: Mapping[str, float]
    ) -> list[WordHeard]:
        """Process 80 ms and their scores; return what may be a word."""
        self._recent.append(samples)
        self._steps += 1
        self._save_due_clips()
        position = self.position_samples
        if self.watchers:
            shown = Scores(
                position_samples=position,
                scores=dict(scores),
                level_dbfs=round(level_dbfs(samples), 1),
            )
            for watcher in self.watchers:
                watcher(shown)
        if self._steps <= SETTLING_STEPS:
            return []
        heard = []
        for word, score in scores.items():
            settings = self.words.get(word)
            if settings is None:
                continue  # the word failed in this step
            detector = self._detectors.get(word)
            if detector is None:
                detector = self._detectors[word] = WordDetector()
            verdict = detector.process(score, position, settings)
            if verdict is not None:
                heard.append(self._conclude(word, verdict))
        return heard

    def end(self) -> list[WordHeard]:
        """Conclude at the end of the audio and reset for the next one."""
        heard = [
            self._conclude(word, verdict)
            for word, detector in self._detectors.items()
            if word in self.words and (verdict := detector.end()) is not None
        ]
        self._save_due_clips(all_of_them=True)
        self._detectors.clear()
        self._recent.clear()
        self._steps = 0
        self.detected = False
        return heard

    def _conclude(self, word: str, verdict: Verdict) -> WordHeard:
        """Return what was heard; detections and near misses are recorded."""
        position = self.position_samples
        begin = max(0, position - round(REMEMBERED_SECONDS * SAMPLE_RATE_HZ))
        recent = self._recent.read(begin, position)
        place = place_word(recent, position - len(recent), verdict.rise_samples)
        self.detected |= verdict.detected
        heard = _kind(verdict)(
            position_samples=position,
            word=word,
            score=verdict.score,
            peak=verdict.peak,
            threshold=self.words[word].threshold,
            frames_over=verdict.frames_over,
            level_dbfs=place.level_dbfs,
            begin_samples=place.begin_samples,
            end_samples=place.end_samples,
            recent=recent,
        )
        if verdict.is_faint:
            return heard
        record = self._records.add(self.name, heard)
        if self._records.wants_clips:
            center = position if verdict.detected else verdict.peak_samples
            self._clips_due.append((center, record))
            self._save_due_clips()
        return replace(heard, record_id=record.id)

    def _save_due_clips(self, *, all_of_them: bool = False) -> None:
        """Save the clips whose audio after the word is complete."""
        position = self.position_samples
        waiting = []
        for center, record in self._clips_due:
            if all_of_them or position >= center + _AFTER_SAMPLES:
                around = self._recent.read(
                    center - _BEFORE_SAMPLES, center + _AFTER_SAMPLES
                )
                self._records.save_clip(record, around)
            else:
                waiting.append((center, record))
        self._clips_due = waiting


def _kind(verdict: Verdict) -> type[Detected | NearlyHeard | FaintlyHeard]:
    """Return which event tells of this."""
    if verdict.detected:
        return Detected
    return FaintlyHeard if verdict.is_faint else NearlyHeard

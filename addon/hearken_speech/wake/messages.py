"""Wyoming messages about wake words, for the server and the satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wyoming.info import Attribution, WakeModel
from wyoming.wake import Detection

from hearken_speech.protocol import SAMPLE_RATE_HZ, DetectionDetails

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hearken_speech.wake.catalogue import WakeWord
    from hearken_speech.wake.events import Detected

_SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000


def models(words: Iterable[WakeWord]) -> list[WakeModel]:
    """Return the Wyoming models of wake words."""
    return [
        WakeModel(
            name=word.id,
            description=f"{word.phrase} ({word.licence or 'your own'})",
            phrase=word.phrase,
            attribution=Attribution(word.attribution_name, word.attribution_url),
            installed=True,
            version=None,
            languages=list(word.languages),
        )
        for word in words
    ]


def detection(
    heard: Detected,
    start_ms: int = 0,
    *,
    envelope: tuple[float, ...] = (),
    age_seconds: float | None = None,
) -> Detection:
    """Return the detection of a word; ``start_ms`` is when the audio started."""
    details = DetectionDetails(
        score=heard.score,
        threshold=heard.threshold,
        peak=heard.peak,
        frames_over=heard.frames_over,
        level_dbfs=heard.level_dbfs,
        begin_samples=heard.begin_samples,
        end_samples=heard.end_samples,
        position_samples=heard.position_samples,
        envelope=envelope,
        age_seconds=age_seconds,
    )
    return Detection(
        name=heard.word,
        # The end of the word, not the time of the detection, so that a client that
        # continues from here loses nothing of the command.
        timestamp=start_ms + heard.end_samples // _SAMPLES_PER_MS,
        context=details.context(),
    )

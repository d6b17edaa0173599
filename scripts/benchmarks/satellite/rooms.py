"""Simulated rooms, in which several satellites hear the same person."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.wake.sounds import clips
from custom_components.hearken.satellite.arbitration import Arbiter, Report, likeness
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.satellite.devices.microphone import FRAME_SAMPLES, Frame
from hearken_speech.satellite.envelope import Envelope
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import Detected, Finished, WakeEvent
from hearken_speech.wake.settings import StreamSettings, WordSettings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hearken_speech.audio.format import Samples

ROOMS: Final = 200
WAIT_SECONDS: Final = 0.15
_SOUND_METRES_PER_SECOND: Final = 343.0
_NOISES_DBFS: Final = (-75.0, -48.0)
_DISTANCES_METRES: Final = (0.5, 5.0)
_GAIN_DB: Final = 2.0
"""Standard deviation of how sensitive microphones of one kind are."""
_CLEAR_DB: Final = 3.0
"""Satellites that differ by less hear about equally well: either is right."""
_LATEST_SECONDS: Final = 0.08
_APART_SECONDS: Final = 0.5
"""How far apart two people begin, at most, who seem to speak at the same time."""


@dataclass
class Place:
    """A satellite, and what it hears of one utterance."""

    distance_metres: float
    sound: Samples
    late_seconds: float
    """How late its frames and its reports are."""
    report: Report | None = None
    reported_at: float = 0.0


@dataclass
class Outcome:
    """What came of all rooms."""

    rooms: int = 0
    contested: int = 0
    """Rooms in which more than one satellite detected the word."""
    unheard: int = 0
    right: int = 0
    wrong: int = 0
    two_answers: int = 0
    lone_delay_ms: float = 0.0
    decision_ms: list[float] = field(default_factory=list)
    likenesses: list[float] = field(default_factory=list)
    strangers: list[float] = field(default_factory=list)
    """Likenesses of different people who said the word at the same time."""

    def figures(self) -> dict[str, Any]:
        """Return the figures to print and store."""
        right = self.right / max(1, self.contested)
        return {
            "rooms": self.rooms,
            "contested": self.contested,
            "unheard": self.unheard,
            "right": round(right, 4),
            "two_answers": self.two_answers,
            "slowest_decision_ms": round(max(self.decision_ms, default=0.0)),
            "likeness_of_one_utterance": _quantiles(self.likenesses),
            "likeness_of_two_people": _quantiles(self.strangers),
        }


class _Judge:
    """Receives the verdicts on one room."""

    def __init__(self) -> None:
        """Start without verdicts."""
        self.winners: list[tuple[str, float]] = []
        self.losers: set[str] = set()
        self.now = 0.0

    def contested(self, satellite_id: str, *, is_rival: bool) -> None:
        """Ignore that a contest begins."""

    def won(self, satellite_id: str) -> None:
        """Note a winner."""
        self.winners.append((satellite_id, self.now))

    def lost(self, satellite_id: str) -> None:
        """Note a loser."""
        self.losers.add(satellite_id)


class Ears:
    """The wake word engine of satellites, as fast as it can."""

    def __init__(self, folder: Path) -> None:
        """Load the engine."""
        catalogue = WakeCatalogue(folder)
        catalogue.refresh()
        self._engine = WakeEngine(catalogue)

    def close(self) -> None:
        """Stop the engine."""
        self._engine.close()

    def detect(self, word: str, samples: Samples) -> Detected | None:
        """Return the first detection of a word."""
        found: list[Detected] = []
        finished = threading.Event()

        def on_event(event: WakeEvent) -> None:
            if isinstance(event, Detected):
                found.append(event)
            elif isinstance(event, Finished):
                finished.set()

        settings = StreamSettings(words={word: None}, default=WordSettings())
        stream = self._engine.open("room", settings, on_event)
        stream.add_audio(samples)
        stream.flush()
        finished.wait(30)
        stream.close()
        return found[0] if found else None


def heard_in(
    draw: random.Random, spoken: Samples, distance_metres: float, noise_dbfs: float
) -> Samples:
    """Return what a satellite hears at this distance from the person."""
    seed = np.random.default_rng(draw.randrange(2**32))
    seconds = draw.uniform(0.15, 0.45)
    length = int(seconds * SAMPLE_RATE_HZ)
    tail = seed.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    # The direct sound decays with the distance; the room's own does not.
    response = tail * 0.02
    delay = int(distance_metres / _SOUND_METRES_PER_SECOND * SAMPLE_RATE_HZ)
    response[min(delay, length - 1)] += 1.0 / max(distance_metres, 0.5)
    gain = 10 ** (draw.gauss(0, _GAIN_DB) / 20)
    sound = _convolved(spoken.astype(np.float64), response)[: len(spoken)] * gain
    noise = seed.standard_normal(len(spoken)) * 32768 * 10 ** (noise_dbfs / 20)
    return np.asarray(np.clip(sound + noise, -32768, 32767), dtype=np.int16)


def _convolved(
    sound: NDArray[np.float64], response: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a sound in a room."""
    count = 1 << (len(sound) + len(response) - 1).bit_length()
    spectrum = np.fft.rfft(sound, count) * np.fft.rfft(response, count)
    return np.asarray(np.fft.irfft(spectrum, count))


def listen(ears: Ears, word: str, place: Place, satellite_id: str) -> None:
    """Let a satellite report what it hears, with its envelope."""
    detected = ears.detect(word, place.sound)
    if detected is None:
        return
    envelope = Envelope()
    # Detections are made at the ends of frames, which begin when they like.
    end = -(-detected.position_samples // FRAME_SAMPLES) * FRAME_SAMPLES
    for at in range(0, min(end, len(place.sound)), FRAME_SAMPLES):
        piece = place.sound[at : at + FRAME_SAMPLES]
        envelope.add(Frame(piece, at, at / SAMPLE_RATE_HZ))
    ended_at = end / SAMPLE_RATE_HZ
    place.reported_at = ended_at + place.late_seconds
    place.report = Report(
        satellite_id=satellite_id,
        # What the network adds is not known to anybody.
        ended_at=ended_at + place.late_seconds / 2,
        level_dbfs=detected.level_dbfs,
        score=detected.score,
        envelope=envelope.levels(),
    )


def compete(reports: list[tuple[float, Report]]) -> _Judge:
    """Let reports compete in the order in which they arrive."""
    judge = _Judge()
    arbiter = Arbiter(lambda: judge.now, judge, WAIT_SECONDS)
    for at, report in sorted(reports, key=lambda each: each[0]):
        _run_until(arbiter, judge, at)
        arbiter.enter(report)
    _run_until(arbiter, judge, judge.now + 1.0)
    return judge


def _run_until(arbiter: Arbiter, judge: _Judge, time: float) -> None:
    """Make the decisions that are due until a time."""
    while (wait := arbiter.decide()) is not None and judge.now + wait <= time:
        judge.now += wait
    judge.now = max(judge.now, time)


def run(folder: Path, *, rooms: int = ROOMS) -> dict[str, Any]:
    """Measure, and return the figures."""
    draw = random.Random(20)  # noqa: S311 - repeatable
    words = [
        clip for clip in clips() if clip.word is not None and clip.group != "missed"
    ]
    ears = Ears(folder)
    outcome = Outcome()
    earlier: dict[str, Report] = {}
    for _ in range(rooms):
        clip = draw.choice(words)
        places = [
            Place(
                distance,
                heard_in(draw, clip.samples, distance, draw.uniform(*_NOISES_DBFS)),
                draw.uniform(0.0, _LATEST_SECONDS),
            )
            for distance in (
                draw.uniform(*_DISTANCES_METRES) for _ in range(draw.choice((2, 3)))
            )
        ]
        for number, place in enumerate(places):
            listen(ears, clip.word or "", place, f"{number}")
        _judge(outcome, places)
        found = [place.report for place in places if place.report is not None]
        for other in [known for name, known in earlier.items() if name != clip.name]:
            if found:
                shift = draw.uniform(-_APART_SECONDS, _APART_SECONDS)
                stranger = replace(other, ended_at=found[0].ended_at + shift)
                outcome.strangers.append(likeness(found[0], stranger))
        if found:
            earlier[clip.name] = found[0]
    ears.close()
    return outcome.figures()


def _judge(outcome: Outcome, places: list[Place]) -> None:
    """Count what came of one room."""
    outcome.rooms += 1
    heard = [place for place in places if place.report is not None]
    if not heard:
        outcome.unheard += 1
        return
    reports = [(each.reported_at, each.report) for each in heard if each.report]
    judge = compete(reports)
    first = min(at for at, _ in reports)
    outcome.decision_ms += [1000 * (at - first) for _, at in judge.winners]
    outcome.two_answers += len(judge.winners) > 1
    if len(heard) < 2:
        return
    outcome.contested += 1
    outcome.likenesses += [likeness(reports[0][1], other) for _, other in reports[1:]]
    levels = {
        each.report.satellite_id: each.report.level_dbfs or -100.0
        for each in heard
        if each.report
    }
    winner, _ = judge.winners[0]
    nearest = min(heard, key=lambda each: each.distance_metres)
    wanted = nearest.report.satellite_id if nearest.report else ""
    best = max(levels.values())
    is_right = winner == wanted or levels[winner] > best - _CLEAR_DB
    outcome.right += is_right
    outcome.wrong += not is_right


def _quantiles(values: list[float]) -> dict[str, float]:
    """Return the ends and the middle of values."""
    if not values:
        return {}
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {
        "5%": round(float(low), 2),
        "median": round(float(middle), 2),
        "95%": round(float(high), 2),
    }

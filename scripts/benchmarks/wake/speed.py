"""Measure processor time and memory per stream."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pyopen_wakeword import Model as TfliteWord
from pyopen_wakeword import OpenWakeWord, OpenWakeWordFeatures

from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.core import WakeCore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.features import STEP_SAMPLES
from hearken_speech.wake.records import WakeRecords
from hearken_speech.wake.settings import StreamSettings, WordSettings
from hearken_speech.wake.state import StreamState

from .scores import WORDS, reference
from .sounds import long_sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples

STREAMS: Final = (1, 4, 8, 16)
STEP_SECONDS: Final = 0.08

_TFLITE: Final = {
    "alexa": TfliteWord.ALEXA,
    "hey_jarvis": TfliteWord.HEY_JARVIS,
    "hey_mycroft": TfliteWord.HEY_MYCROFT,
    "hey_rhasspy": TfliteWord.HEY_RHASSPY,
}
_LIVE_SECONDS: Final = 10.0


class Measured:
    """An engine that processes streams step by step."""

    def __init__(
        self, name: str, streams: int, listen: Callable[[Samples], None]
    ) -> None:
        """Set the function that processes one step of all streams."""
        self.name = name
        self.streams = streams
        self._listen = listen
        self._sound = long_sound(60.0)
        self._position = 0

    def run(self, steps: int) -> float:
        """Process some steps; return processor ms per second of a stream."""
        before = time.process_time()
        for _ in range(steps):
            self._listen(self._next())
        spent = time.process_time() - before
        return spent * 1000 / (steps * STEP_SECONDS * self.streams)

    def _next(self) -> Samples:
        """Return the next step; each stream has its own position in the sound."""
        first = np.arange(self.streams) * 3 * STEP_SAMPLES + self._position
        self._position += STEP_SAMPLES
        at = (first[:, None] + np.arange(STEP_SAMPLES)) % len(self._sound)
        return np.asarray(self._sound[at])


def ours(streams: int, words: int) -> Measured:
    """Return our engine without its queue and thread."""
    core = WakeCore(WakeCatalogue())
    records = WakeRecords()
    settings = dict.fromkeys(WORDS[:words], WordSettings())
    states = [StreamState(str(n), settings, records) for n in range(streams)]
    for state in states:
        core.open(state)

    def listen(samples: Samples) -> None:
        core.step(list(zip(states, samples, strict=True)))

    return Measured("hearken", streams, listen)


def openwakeword(streams: int, words: int) -> Measured:
    """Return openWakeWord with one model per stream, the only way it has."""
    models = [reference() for _ in range(streams)]
    for model in models:
        for word in WORDS[words:]:
            del model.models[f"{word}_v0.1"]

    def listen(samples: Samples) -> None:
        for model, row in zip(models, samples, strict=True):
            model.predict(row)

    return Measured("openwakeword", streams, listen)


def pyopen(streams: int, words: int) -> Measured:
    """Return pyopen-wakeword as wyoming-openwakeword uses it."""
    features = [OpenWakeWordFeatures.from_builtin() for _ in range(streams)]
    heads = [
        [OpenWakeWord.from_builtin(_TFLITE[word]) for word in WORDS[:words]]
        for _ in range(streams)
    ]

    def listen(samples: Samples) -> None:
        for own, theirs, row in zip(features, heads, samples, strict=True):
            for embedding in own.process_streaming(row.tobytes()):
                for head in theirs:
                    for _ in head.process_streaming(embedding):
                        pass

    return Measured("pyopen-wakeword", streams, listen)


def measure(rounds: int) -> list[dict[str, Any]]:
    """Measure all engines alternately, so that load affects all of them."""
    rows = []
    for words in (1, 4):
        ways = [ours(streams, words) for streams in STREAMS]
        peers = [openwakeword(8, words), pyopen(8, words)]
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        for way in (*ways, *peers):
            way.run(15)
        for _ in range(rounds):
            for way in ways:
                found[way.name, way.streams].append(way.run(240 // way.streams))
            for way in peers:
                found[way.name, way.streams].append(way.run(8))
        rows += [
            {
                "who": who,
                "streams": streams,
                "words": words,
                "cpu_ms_per_second": statistics.median(values),
                "times_cheaper_than": {
                    peer.name: statistics.median(
                        theirs / mine
                        for theirs, mine in zip(
                            found[peer.name, 8], values, strict=True
                        )
                    )
                    for peer in peers
                },
            }
            for (who, streams), values in found.items()
        ]
    return rows


def live(streams: int, words: int) -> dict[str, float]:
    """Run the whole engine in real time, each stream with its own offset."""
    engine = WakeEngine(WakeCatalogue())
    settings = StreamSettings(words=dict.fromkeys(WORDS[:words]))
    opened = [
        engine.open(str(n), settings, lambda _event: None) for n in range(streams)
    ]
    sound = long_sound(30.0)
    stop = threading.Event()
    for stream in opened:
        stream.add_audio(sound[: 2 * STEP_SAMPLES])
    stop.wait(1.0)
    begun, spent = time.monotonic(), engine.stats()
    tick = 0
    while time.monotonic() - begun < _LIVE_SECONDS:
        stream = opened[tick % streams]
        at = tick // streams * STEP_SAMPLES % (len(sound) - STEP_SAMPLES)
        stream.add_audio(sound[at : at + STEP_SAMPLES])
        tick += 1
        stop.wait(max(0.0, begun + tick * STEP_SECONDS / streams - time.monotonic()))
    after = engine.stats()
    engine.close()
    seconds = (after.steps - spent.steps) * STEP_SECONDS
    return {
        "streams": streams,
        "words": words,
        "cpu_ms_per_second": (after.busy_seconds - spent.busy_seconds) * 1000 / seconds,
        "dropped_samples": after.dropped_samples,
    }


def idle() -> dict[str, float]:
    """Return the cost of an engine without streams."""
    engine = WakeEngine(WakeCatalogue())
    waiting = threading.Event()
    before = time.process_time()
    waiting.wait(5.0)
    spent = time.process_time() - before
    engine.close()
    return {"seconds": 5.0, "cpu_ms": spent * 1000}


_MEMORY_PROGRAM: Final = """
import json, sys, threading
import numpy as np
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import Finished
from hearken_speech.wake.settings import StreamSettings

def rss():
    lines = open("/proc/self/status").read().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1000
            for line in lines if line.startswith(("VmRSS", "VmHWM"))}

engine = WakeEngine(WakeCatalogue())
sound = (np.sin(np.arange(48000) ** 1.5) * 1000).astype(np.int16)
streams, result = [], {}
for count in map(int, sys.argv[1:]):
    ended = threading.Semaphore(0)
    while len(streams) < count:
        streams.append(engine.open(str(len(streams)), StreamSettings(),
            lambda event: ended.release() if isinstance(event, Finished) else None))
    for _ in range(4):
        for stream in streams:
            stream.add_audio(sound)
        while engine.stats().lag_seconds >= 0.08:
            threading.Event().wait(0.02)
    result[count] = rss()
print(json.dumps(result))
import os; os._exit(0)
"""


def memory() -> dict[str, Any]:
    """Return the memory of a process with only the engine, in MB."""
    output = subprocess.run(
        [sys.executable, "-c", _MEMORY_PROGRAM, "1", "8", "72"],
        check=True,
        capture_output=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ).stdout
    found = {int(count): value for count, value in json.loads(output).items()}
    return {
        "words": 5,
        "streams": found,
        "mb_per_stream": (found[72]["VmRSS"] - found[8]["VmRSS"]) / 64,
    }

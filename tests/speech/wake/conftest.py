"""Fixtures shared by the wake word tests."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.events import Finished, WakeEvent
from hearken_speech.wake.settings import StreamSettings

type Listen = Callable[..., list[WakeEvent]]


@pytest.fixture
def word_folder(tmp_path: Path) -> Path:
    """Return the folder for custom wake words."""
    return tmp_path / "words"


@pytest.fixture
def catalogue(word_folder: Path) -> WakeCatalogue:
    """Return a catalogue of the included words and the folder."""
    return WakeCatalogue(word_folder)


@pytest.fixture
def engine(catalogue: WakeCatalogue) -> Iterator[WakeEngine]:
    """Return a running engine."""
    engine = WakeEngine(catalogue)
    yield engine
    engine.close()


@pytest.fixture
def listen(engine: WakeEngine) -> Listen:
    """Return a function that plays audio to the engine and returns its events."""

    def play(
        sound: Samples, settings: StreamSettings, *, chunk: int = 1280
    ) -> list[WakeEvent]:
        """Play audio in chunks; return all events, the last one Finished."""
        events: list[WakeEvent] = []
        ended = threading.Event()

        def take(event: WakeEvent) -> None:
            """Collect an event."""
            events.append(event)
            if isinstance(event, Finished):
                ended.set()

        stream = engine.open("test", settings, take)
        for first in range(0, len(sound), chunk):
            stream.add_audio(sound[first : first + chunk])
            if stream.is_full:
                room = threading.Event()
                stream.when_room(room.set)
                assert room.wait(10)
        stream.flush()
        assert ended.wait(10)
        stream.close()
        return events

    return play

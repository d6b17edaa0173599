"""What happens around a satellite, each kind so often in a round."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from typing import TYPE_CHECKING, Final

import numpy as np
from wyoming.event import Event

from hearken_speech.protocol import (
    Media,
    MediaCommand,
    SatelliteSettings,
    Timer,
    Timers,
    Turn,
    TurnPhase,
    media_event,
    pairing,
)
from house import sound
from house.house import HOST
from tests.speech.client import audio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.satellite_soak.surroundings import Surroundings
    from hearken_speech.audio.format import Samples

_ECHO_SECONDS: Final = 0.5
_NOTICED_SECONDS: Final = 3.0
_TIMES_SAID: Final = 3
"""A machine that is busy loses sound now and then."""


async def _connection(around: Surroundings) -> None:
    """Connect anew."""
    await around.connect()


async def _stranger(around: Surroundings) -> None:
    """Knock with a wrong key, and with no key at all."""
    wrong = pairing.client_context(pairing.new_key())
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(HOST, around.port, ssl=wrong)
        writer.close()
    reader, writer = await asyncio.open_connection(HOST, around.port)
    with contextlib.suppress(OSError):
        writer.write(b'{"type": "describe"}\n')
        await reader.read()
    writer.close()


async def _announces(around: Surroundings) -> None:
    """Announce something, in the quality of a voice."""
    await around.home.say(_tone(0.4, 22_050), 22_050)


async def _turn(around: Surroundings) -> None:
    """Press the button, listen, and answer."""
    around.home.forget("run-pipeline")
    around.press()
    await around.home.comes("run-pipeline")
    await around.home.send(Turn(phase=TurnPhase.LISTENING))
    around.home.forget("audio-chunk")
    await around.home.comes("audio-chunk")
    await around.home.send(Turn(phase=TurnPhase.PROCESSING))
    await around.home.send(Turn(phase=TurnPhase.RESPONDING))
    await around.home.say(_tone(0.3))
    await around.home.send(Turn(phase=TurnPhase.IDLE))
    await around.shows("waiting")


async def _stopped_answer(around: Surroundings) -> None:
    """Stop a long answer by the button."""
    around.home.forget("hearken-stop")
    await around.home.send(Turn(phase=TurnPhase.RESPONDING))
    await around.home.send(*audio(_tone(3.0)))
    await around.shows("speaking")
    around.press()
    await around.home.comes("hearken-stop")
    await around.home.send(Turn(phase=TurnPhase.IDLE))
    await around.shows("waiting")


async def _wake_word(around: Surroundings) -> None:
    """Say a wake word in the room, and nothing else."""
    word = await asyncio.to_thread(_spoken_word)
    around.home.forget("detection")
    for _ in range(_TIMES_SAID):
        await around.audio.play(word)
        with contextlib.suppress(TimeoutError):
            await around.home.comes("detection", _NOTICED_SECONDS)
            break
    else:
        raise TimeoutError
    await around.home.send(Turn(phase=TurnPhase.LISTENING))
    await around.home.send(Turn(phase=TurnPhase.IDLE))
    await around.shows("waiting")


async def _media(around: Surroundings) -> None:
    """Play a second of music, and stop it."""
    around.home.forget("hearken-media-state")
    for event in audio(_tone(1.0, 44_100), 44_100):
        plain = event if isinstance(event, Event) else event.event()
        await around.home.send(media_event(plain))
    await around.home.comes("hearken-media-state")
    around.home.forget("hearken-media-state")
    await around.home.send(Media(command=MediaCommand.STOP))
    await around.home.comes("hearken-media-state")


async def _timer(around: Surroundings) -> None:
    """Let a timer ring, and stop it by the button."""
    timer = Timer(id=str(time.monotonic_ns()), seconds_left=0.1)
    await around.home.send(Timers(timers=(timer,)))
    await around.shows("timer")
    await asyncio.sleep(_ECHO_SECONDS)
    around.press()
    await around.shows("waiting")


async def _muted(around: Surroundings) -> None:
    """Mute and unmute: the microphone is closed and opened."""
    around.press("mute")
    await around.shows("muted")
    around.press("mute")
    await around.shows("waiting")
    around.home.forget("run-pipeline")


async def _settings(around: Surroundings) -> None:
    """Change the volume, which is stored."""
    for volume in (0.4, 0.3):
        around.home.forget("hearken-settings")
        await around.home.send(SatelliteSettings(volume=volume))
        await around.home.comes("hearken-settings")


async def _microphone(around: Surroundings) -> None:
    """Pull the microphone, and put it back."""
    gone, back = (around.times_logged(text) for text in ("no microphone: ", "is back"))
    await around.audio.unplug_microphone()
    await around.logged("no microphone: ", gone)
    await around.audio.plug_microphone()
    await around.logged("is back", back)
    await around.shows("waiting")


type Happening = Callable[[Surroundings], Awaitable[None]]

HAPPENINGS: Final[dict[str, tuple[int, Happening]]] = {
    "connections": (10, _connection),
    "strangers": (5, _stranger),
    "announcements": (5, _announces),
    "turns by the button": (5, _turn),
    "answers that are stopped": (3, _stopped_answer),
    "wake words": (3, _wake_word),
    "media": (2, _media),
    "timers": (2, _timer),
    "muted and unmuted": (5, _muted),
    "settings": (5, _settings),
    "microphone pulled and put back": (1, _microphone),
}
"""How often in a round, and what."""


def _tone(seconds: float, rate_hz: int = 16_000) -> Samples:
    """Return a faint tone."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = 2_000 * np.sin(2 * np.pi * 330 * times)
    return np.asarray(np.rint(tone), dtype=np.int16)


@functools.cache
def _spoken_word() -> Samples:
    """Return a wake word, after a pause."""
    return np.concatenate(
        (sound.silence(0.3), sound.speak(sound.WAKE_PHRASE), sound.silence(0.3))
    )

"""Commands within the embedded model's vocabulary, and voices to speak them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from house import sound
from training import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.audio.format import Samples

KNOWN_VOICES: Final = ("flite:slt", "flite:awb", "flite:kal16", "espeak:en-us")
HELD_OUT_VOICES: Final = ("flite:rms", "espeak:en-us+f4", "espeak:en-gb-scotland+m6")
EVERYDAY: Final = (
    "add milk to the shopping list",
    "cancel the timer",
    "close the blinds in the office",
    "close the garage door",
    "good night",
    "pause the music",
    "set a timer for five minutes",
    "set the bedroom light to fifty percent",
    "start the robot vacuum",
    "turn off the kitchen light",
    "turn on the ceiling fan",
    "turn on the kitchen light",
    "turn on the living room light",
    "what's the temperature in the kitchen",
)
ROOMS: Final = (
    *("kitchen", "bedroom", "living room", "office", "garage", "bathroom"),
    *("hallway", "basement", "study", "guest room", "dining room", "nursery"),
)
THINGS: Final = ("light", "lamp", "ceiling fan", "heater", "speaker", "radio")
COVERS: Final = ("blinds", "curtain", "window", "garage door", "shutter")
NUMBERS: Final = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "eighty")
COLOURS: Final = ("red", "green", "blue", "white", "yellow", "purple")
NO_COMMANDS: Final = (
    "the weather was lovely and we walked along the river",
    "I told her that nobody would believe the story",
    "prices have gone up again since the beginning of the year",
    "she said the meeting was moved to the following week",
    "and then the goalkeeper missed the ball completely",
    "the exhibition shows paintings from three centuries",
    "their neighbour repairs old clocks in his cellar",
    "he was born in a small village near the border",
    "the train to the coast leaves from platform nine",
    "we should really paint the fence before winter comes",
)


def short_answers() -> tuple[str, ...]:
    """Return the short answers that the embedded model knows."""
    return language.load("en").short


@lru_cache(maxsize=20_000)
def said(text: str, voice: str) -> Samples:
    """Return a text spoken by a voice, without silence around it."""
    return sound.trim(sound.speak(text, voice))


def say_all(pairs: Sequence[tuple[str, str]]) -> list[Samples]:
    """Return many texts, each spoken by its voice."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda pair: said(*pair), pairs))


def commands(count: int, seed: int = 0) -> list[str]:
    """Return different commands, deterministically."""
    choose = random.Random(seed)  # noqa: S311 - test data
    found: dict[str, None] = {}
    while len(found) < count:
        room, thing = choose.choice(ROOMS), choose.choice(THINGS)
        cover, number = choose.choice(COVERS), choose.choice(NUMBERS)
        command = choose.choice(
            (
                f"turn {choose.choice(('on', 'off'))} the {room} {thing}",
                f"turn {choose.choice(('on', 'off'))} the {thing} in the {room}",
                f"{choose.choice(('open', 'close'))} the {cover} in the {room}",
                f"set the {room} light to {number} percent",
                f"set a timer for {number} minutes",
                f"make the {room} light {choose.choice(COLOURS)}",
                f"what's the temperature in the {room}",
                f"set the temperature in the {room} to twenty degrees",
                f"pause the music in the {room}",
            )
        )
        found[command] = None
    return list(found)


def with_silence(samples: Samples, before: float, after: float) -> Samples:
    """Return a sound with silence around it."""
    return np.concatenate([sound.silence(before), samples, sound.silence(after)])

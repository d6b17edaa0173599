"""Sounds that the owner adds to a wake word: recordings, and clips of the house."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.audio import wav
from hearken_speech.errors import RequestError
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.clips import BEFORE_SECONDS
from hearken_speech.wake.made import SoundKind
from hearken_speech.wake.making.peak import peak_score
from hearken_speech.wake.making.recording import (
    RecordingError,
    RecordingProblem,
    cut_word,
)
from hearken_speech.wake.place import place_word
from hearken_speech.wake.records import Check

if TYPE_CHECKING:
    from hearken_speech.audio.format import Samples
    from hearken_speech.server.wake import WakeService

CERTAINLY_OTHER_SCORE: Final = 0.02
"""A head that heard synthetic voices only gives people who say its word more."""
NEAR_SCORE: Final = 0.25
"""What the head nearly takes for its word is not refused, whatever the speech model
says: those are the recordings that are learned from most."""


class OwnSounds:
    """Checks the sounds of the owner and keeps them."""

    def __init__(self, wake: WakeService) -> None:
        """Set the words, the clips and the speech model."""
        self._wake = wake
        self._words = wake.maker.words

    async def add_recording(
        self, word: str, samples: Samples, *, is_checked: bool
    ) -> int:
        """Keep the word in a recording, and return how many there are.

        Raise RecordingError if it cannot be used, or sounds like something else.
        """
        await asyncio.to_thread(self._words.get, word)
        said = await asyncio.to_thread(cut_word, samples)
        if is_checked and await self._is_other(word, said):
            raise RecordingError(RecordingProblem.OTHER_WORD)
        return await asyncio.to_thread(
            self._words.add_sound, word, SoundKind.RECORDING, said
        )

    async def add_clip(self, word: str, clip: str, *, is_word: bool) -> int:
        """Keep a clip that the owner has listened to; return how many there are."""

        def add() -> int:
            """Read the clip and keep what belongs to the word."""
            samples = self._read(clip)
            if not is_word:
                return self._words.add_sound(word, SoundKind.OTHER, samples)
            # A clip ends half a second after the score has risen.
            place = place_word(samples, 0, round(BEFORE_SECONDS * SAMPLE_RATE_HZ))
            said = samples[place.begin_samples : place.end_samples]
            return self._words.add_sound(word, SoundKind.RECORDING, cut_word(said))

        return await asyncio.to_thread(add)

    def _read(self, clip: str) -> Samples:
        """Return the samples of a clip; raise RequestError if there is none."""
        try:
            data = self._wake.clips.read(clip)
        except KeyError as err:
            msg = "there is no such recording"
            raise RequestError(msg) from err
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "clip.wav")
            path.write_bytes(data)
            return wav.read(path)

    async def _is_other(self, word: str, said: Samples) -> bool:
        """Return whether something else was said, as far as that can be known."""
        check = self._wake.check
        heard = await check.ask_about_recording(word, said) if check else None
        if heard is Check.CONFIRMED:
            return False
        path = await asyncio.to_thread(self._words.head_path, word)
        score = await asyncio.to_thread(peak_score, path, said)
        if heard is Check.REFUTED:
            return score < NEAR_SCORE
        return score < CERTAINLY_OTHER_SCORE

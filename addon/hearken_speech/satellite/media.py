"""Music and other media, which make way for speech."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.level import scale
from hearken_speech.protocol import MediaCommand, MediaState
from hearken_speech.satellite.devices.speaker import SpeakerError
from hearken_speech.satellite.playback import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from hearken_speech.audio.format import Samples
    from hearken_speech.satellite.playback import SharedSpeaker
    from hearken_speech.satellite.settings import SettingsKeeper
    from hearken_speech.satellite.sound import Sound

_LOGGER = logging.getLogger(__name__)

DUCKED: Final = 0.1
"""Amplitude of media while the satellite listens: 20 dB less."""
_PIECE_SECONDS: Final = 0.1
_IDLE_SECONDS: Final = 0.5
"""Pause in the media after which others may have the speaker."""


class MediaPlayer:
    """Plays media on the speaker whenever nothing else wants it.

    Speech and ringing interrupt them: they pause and go on afterwards.
    """

    def __init__(self, speaker: SharedSpeaker, settings: SettingsKeeper) -> None:
        """Start without media."""
        self._shared = speaker
        self._settings = settings
        self._sound: Sound | None = None
        self._rest: Samples | None = None
        self._is_paused = False
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self.is_ducked = False
        """Whether the media are quieter, because the satellite listens."""
        self.state = MediaState.IDLE

    def listen(self, on_state: Callable[[], None]) -> Callable[[], None]:
        """Report each change of the state; return a function that ends it."""
        self._listeners.append(on_state)
        return lambda: self._listeners.remove(on_state)

    def begin(self, sound: Sound) -> None:
        """Play these media instead of any other."""
        self._drop()
        self._sound = sound
        self._is_paused = False
        self._changed.set()

    def command(self, command: MediaCommand) -> None:
        """Pause, go on or stop."""
        if command is MediaCommand.STOP:
            self._drop()
        else:
            self._is_paused = command is MediaCommand.PAUSE
        self._changed.set()

    def _drop(self) -> None:
        """Forget the media that play."""
        if self._sound is not None:
            self._sound.drop()
        self._sound = self._rest = None

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            self._changed.clear()
            sound = self._sound
            if sound is None or self._is_paused:
                self._report(MediaState.IDLE if sound is None else MediaState.PAUSED)
                await self._changed.wait()
                continue
            try:
                await self._play(sound)
            except SpeakerError as err:
                _LOGGER.error("media not played: %s", err)  # noqa: TRY400 - for users
                if self._sound is sound:
                    self._drop()

    async def _play(self, sound: Sound) -> None:
        """Play until the media end, or something else wants the speaker."""
        if self._shared.is_busy:
            self._report(MediaState.PAUSED)
        async with self._shared.opened(is_media=True) as speaker:
            output = Output(speaker, sound.format)
            self._report(MediaState.PLAYING)
            while self._sound is sound and not self._is_paused:
                if self._shared.is_wanted:
                    break
                piece = await self._next(sound)
                if piece is None:
                    if sound.is_finished and not sound.is_dropped:
                        break
                    continue
                await output.write(self._scaled(piece))
            else:
                # Whoever pauses or stops wants silence now.
                output.stop()
                return
            await output.drain()

    async def _next(self, sound: Sound) -> Samples | None:
        """Return the next piece; None at the end, or when nothing came in time."""
        if self._rest is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):
                    self._rest = await sound.next_piece()
            if self._rest is None:
                if sound.is_finished and self._sound is sound:
                    self._sound = None
                return None
        count = int(sound.format.rate_hz * _PIECE_SECONDS)
        piece, rest = self._rest[:count], self._rest[count:]
        self._rest = rest if len(rest) else None
        return piece

    def _scaled(self, samples: Samples) -> Samples:
        """Return samples at the volume that is set now."""
        loud = self._settings.at_volume(samples)
        return scale(loud, DUCKED) if self.is_ducked else loud

    def _report(self, state: MediaState) -> None:
        """Report a new state."""
        if state is self.state:
            return
        self.state = state
        for on_state in list(self._listeners):
            on_state()

"""Text-to-speech with espeak-ng.

It needs no download and speaks a hundred languages, so a new installation can answer
at once. It is licensed under the GPL; Hearken runs it as a separate program and talks
to it through pipes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.errors import BusyError, SynthesisError
from hearken_speech.protocol.speakable import speakable
from hearken_speech.tts.figures import readable_figures
from hearken_speech.tts.voices import Voice, choose_voice, parse_voices

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from hearken_speech.audio.format import Samples

_LOGGER = logging.getLogger(__name__)

PROGRAM: Final = "espeak-ng"
MAX_TEXT_CHARACTERS: Final = 5_000
RATE_HZ: Final = 22_050
"""espeak-ng's own sample rate."""

_TIME_LIMIT_SECONDS: Final = 20.0
_WORKERS: Final = 2
_QUEUE_LIMIT: Final = 8
_NICENESS: Final = 10
"""How much lower the priority is for strangers."""
_WORDS_A_MINUTE: Final = 160
_WAV_HEADER_BYTES: Final = 44
_READ_BYTES: Final = 16 * 1024
_SILENCE_SAMPLES: Final = RATE_HZ // 10


class Espeak:
    """Speaks a few texts at a time."""

    def __init__(self, voices: list[Voice], behind: Sequence[str] = ()) -> None:
        """Use these installed voices.

        ``behind`` is the command that starts a program behind all others.
        """
        self.voices = voices
        self._behind = tuple(behind)
        self._slots = asyncio.Semaphore(_WORKERS)
        # Strangers, however many, leave a slot and a queue to those who are trusted.
        self._strangers = asyncio.Semaphore(_WORKERS - 1)
        self._waiting: Counter[bool] = Counter()

    @classmethod
    async def find(cls) -> Espeak:
        """Return espeak-ng with its voices; without any where it is not installed."""
        if shutil.which(PROGRAM) is None:
            _LOGGER.warning("%s is not installed: answers stay silent", PROGRAM)
            return cls([])
        try:
            listing = bytearray()
            await _run(["--voices"], b"", listing.extend)
        except SynthesisError as err:
            _LOGGER.warning("%s: answers stay silent", err)
            return cls([])
        nice = shutil.which("nice")
        return cls(
            parse_voices(listing.decode(errors="replace")),
            (nice, "-n", str(_NICENESS)) if nice is not None else (),
        )

    def choose(self, name: str | None, language: str | None) -> Voice:
        """Return the voice for a name or language; raise LanguageError if none."""
        return choose_voice(self.voices, name, language)

    async def speak(
        self, text: str, voice: Voice, *, is_trusted: bool = False
    ) -> AsyncGenerator[Samples]:
        """Yield the spoken text at 22050 Hz, mono, as espeak-ng produces it.

        What cannot be spoken is left out; if nothing remains, there is a short silence.
        Raise a HearkenError if the text cannot be spoken. A consumer that is slow
        does not hold up the next text.
        """
        if len(text) > MAX_TEXT_CHARACTERS:
            msg = f"the text is longer than {MAX_TEXT_CHARACTERS} characters"
            raise SynthesisError(msg)
        if self._waiting[is_trusted] >= _QUEUE_LIMIT:
            msg = "too many texts wait to be spoken; try again in a moment"
            raise BusyError(msg)
        text = readable_figures(speakable(text), voice.languages[0]).strip()
        if not text:
            yield np.zeros(_SILENCE_SAMPLES, dtype="<i2")
            return
        # Bounded by the length of the text.
        output: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting[is_trusted] += 1
        synthesis = asyncio.create_task(
            self._synthesize(text, voice, output, is_trusted=is_trusted)
        )
        synthesis.add_done_callback(lambda _: self._waiting.subtract([is_trusted]))
        try:
            wav = _WavStream()
            while (data := await output.get()) is not None:
                if len(samples := wav.samples(data)):
                    yield samples
            await synthesis
        finally:
            synthesis.cancel()
            await asyncio.gather(synthesis, return_exceptions=True)

    async def _synthesize(
        self,
        text: str,
        voice: Voice,
        output: asyncio.Queue[bytes | None],
        *,
        is_trusted: bool,
    ) -> None:
        """Put what espeak-ng prints into the queue, and None at the end."""
        turn = contextlib.nullcontext() if is_trusted else self._strangers
        options = ("-b", "1", "-s", str(_WORDS_A_MINUTE), "-v", voice.name)
        try:
            async with turn, self._slots:
                # Zero bytes would end the text; nobody can hear them anyway.
                await _run(
                    [*options, "--stdin", "--stdout"],
                    text.replace("\0", " ").encode(),
                    output.put_nowait,
                    before=() if is_trusted else self._behind,
                )
        finally:
            output.put_nowait(None)


class _WavStream:
    """Finds the samples in the WAV file that espeak-ng prints."""

    def __init__(self) -> None:
        """Start before the header."""
        self._rest = b""
        self._is_header_read = False

    def samples(self, data: bytes) -> Samples:
        """Return the samples that these bytes complete."""
        data = self._rest + data
        if not self._is_header_read:
            if len(data) < _WAV_HEADER_BYTES:
                self._rest = data
                return np.zeros(0, dtype="<i2")
            # The header was written before the length was known, so it is no help.
            data = data[_WAV_HEADER_BYTES:]
            self._is_header_read = True
        whole = len(data) // 2 * 2
        self._rest = data[whole:]
        return np.frombuffer(data[:whole], dtype="<i2")


async def _run(
    arguments: list[str],
    text: bytes,
    on_output: Callable[[bytes], object],
    before: Sequence[str] = (),
) -> None:
    """Run espeak-ng and pass on what it prints; raise SynthesisError if it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *before,
            PROGRAM,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as err:
        msg = f"{PROGRAM} cannot be started: {err.strerror or err}"
        raise SynthesisError(msg) from err
    assert process.stdin is not None  # noqa: S101 - these are pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    errors = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(_TIME_LIMIT_SECONDS):
            process.stdin.write(text)
            process.stdin.close()
            while data := await process.stdout.read(_READ_BYTES):
                on_output(data)
            await process.wait()
            complaint = await errors
    except TimeoutError as err:
        msg = f"{PROGRAM} took longer than {_TIME_LIMIT_SECONDS:.0f} s"
        raise SynthesisError(msg) from err
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        errors.cancel()
    if process.returncode != 0:
        reason = complaint.decode(errors="replace").strip()[:300]
        msg = f"{PROGRAM} failed: {reason or f'exit status {process.returncode}'}"
        raise SynthesisError(msg)

"""Wake words on the server: the shared engine, and what clients ask for."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wyoming.wake import Detect

from hearken_speech import json_file
from hearken_speech.errors import RequestError
from hearken_speech.protocol import MAX_WORDS, SAMPLE_RATE_HZ, WakeKey
from hearken_speech.server.word_check import WordCheck
from hearken_speech.server.word_maker import WordMaker
from hearken_speech.wake.catalogue import WakeCatalogue
from hearken_speech.wake.clips import ClipSettings, ClipStore
from hearken_speech.wake.engine import WakeEngine
from hearken_speech.wake.errors import WakeModelError
from hearken_speech.wake.made import FOLDER as MADE_FOLDER
from hearken_speech.wake.records import WakeRecords
from hearken_speech.wake.settings import StreamSettings, WordSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wyoming.event import Event

    from hearken_speech.protocol import DetectDetails, WordSensitivity
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.wake.events import Detected

_LOGGER = logging.getLogger(__name__)

_REFRESH_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class WakeService:
    """The wake word engine and its data, shared by all connections."""

    catalogue: WakeCatalogue
    records: WakeRecords
    clips: ClipStore
    engine: WakeEngine | None
    maker: WordMaker
    settings_path: Path
    check: WordCheck | None = None
    """Asks the speech model about words; None if that is turned off."""
    problem: str = ""
    """Why there is no engine."""

    @staticmethod
    def start(
        data_dir: Path,
        folder: Path,
        *,
        download: bool = True,
        checked_by: Recognizer | None = None,
    ) -> WakeService:
        """Load the engine and find the included words. Blocks for a moment.

        With ``download``, voices that make new words are downloaded when needed.
        """
        settings_path = data_dir / "wake.json"
        clips = ClipStore(data_dir / "wake_clips", _stored_settings(settings_path))
        records = WakeRecords(clips)
        catalogue = WakeCatalogue(folder, data_dir / MADE_FOLDER)
        engine, problem = None, ""
        try:
            engine = WakeEngine(catalogue, records)
        except WakeModelError as err:
            problem = str(err)
            _LOGGER.error("No wake words: %s", err)  # noqa: TRY400 - for users
        maker = WordMaker(data_dir, catalogue.refresh, download=download)
        return WakeService(
            catalogue=catalogue,
            records=records,
            clips=clips,
            engine=engine,
            maker=maker,
            check=WordCheck(checked_by, catalogue) if checked_by else None,
            settings_path=settings_path,
            problem=problem,
        )

    async def watch_folder(self) -> None:
        """Look for new words and delete old clips, periodically."""
        while True:
            try:
                if await asyncio.to_thread(self.catalogue.refresh):
                    known = [word.id for word in self.catalogue.usable()]
                    _LOGGER.info("wake words: %s", ", ".join(known) or "none")
                await asyncio.to_thread(self.clips.prune)
            except OSError as err:
                _LOGGER.warning("cannot scan for wake words: %s", err)
            await asyncio.sleep(_REFRESH_SECONDS)

    def change_clip_settings(self, settings: ClipSettings) -> None:
        """Turn clips on or off, and set their limits; raise JsonFileError.

        What cannot be stored does not apply either.
        """
        json_file.save(self.settings_path, clip_settings_as_dict(settings))
        self.clips.settings = settings

    def close(self) -> None:
        """Stop the engine."""
        if self.engine is not None:
            self.engine.close()
        self.clips.close()


def _stored_settings(path: Path) -> ClipSettings:
    """Return the stored settings of clips; clips are off if they are invalid."""
    stored = json_file.load_or_set_aside(path, _is_valid)
    return read_clip_settings(stored or {}, ClipSettings())


def _is_valid(stored: dict[str, Any]) -> bool:
    """Return whether stored settings of clips can be used."""
    try:
        read_clip_settings(stored, ClipSettings())
    except ValueError:
        return False
    return True


def clip_settings_as_dict(settings: ClipSettings) -> dict[str, Any]:
    """Return the settings of clips as they are stored and sent."""
    return {
        WakeKey.KEEP_CLIPS: settings.enabled,
        WakeKey.MAX_DAYS: settings.max_days,
        WakeKey.MAX_MEGABYTES: settings.max_megabytes,
    }


def read_clip_settings(data: dict[str, Any], current: ClipSettings) -> ClipSettings:
    """Return settings with these fields changed; raise ValueError if invalid."""
    enabled = data.get(WakeKey.KEEP_CLIPS, current.enabled)
    days = data.get(WakeKey.MAX_DAYS, current.max_days)
    megabytes = data.get(WakeKey.MAX_MEGABYTES, current.max_megabytes)
    if not isinstance(enabled, bool) or not all(
        type(value) in {int, float} and math.isfinite(value)
        for value in (days, megabytes)
    ):
        msg = "keep_clips must be true or false, max_days and max_megabytes numbers"
        raise ValueError(msg)
    return ClipSettings(
        enabled=enabled, max_days=float(days), max_megabytes=float(megabytes)
    )


def stream_settings(
    names: Sequence[str] | None, details: DetectDetails
) -> StreamSettings:
    """Return the settings a client asks for; raise RequestError if invalid."""
    try:
        default = _word_settings(details.default, WordSettings())
        own = {
            name: _word_settings(wanted, default)
            for name, wanted in details.words.items()
        }
    except ValueError as err:
        raise RequestError(str(err)) from err
    if names:
        return StreamSettings(
            words={name: own.get(name) for name in names}, default=default
        )
    return StreamSettings(own=own, default=default)


def requested_words(event: Event) -> list[str] | None:
    """Return the words that a client asks for; raise RequestError if invalid."""
    names = Detect.from_event(event).names
    if names is None:
        return None
    if (
        not isinstance(names, list)
        or len(names) > MAX_WORDS
        or not all(isinstance(name, str) for name in names)
    ):
        msg = f"the names of wake words are not a list of up to {MAX_WORDS} strings"
        raise RequestError(msg)
    return names


def detection_fields(heard: Detected) -> dict[str, Any]:
    """Return the details of a detection that go into the journal."""
    return {
        "word": heard.word,
        "score": heard.score,
        "threshold": heard.threshold,
        "level_dbfs": heard.level_dbfs,
        "lag_seconds": round(
            (heard.position_samples - heard.end_samples) / SAMPLE_RATE_HZ, 3
        ),
    }


def _word_settings(wanted: WordSensitivity, default: WordSettings) -> WordSettings:
    """Return the settings of a word, with defaults for what is not set."""
    return WordSettings(
        threshold=_or(wanted.threshold, default.threshold),
        patience=_or(wanted.patience, default.patience),
        refractory_seconds=_or(wanted.refractory_seconds, default.refractory_seconds),
    )


def _or[T](value: T | None, default: T) -> T:
    """Return the value, or the default if it is None."""
    return default if value is None else value

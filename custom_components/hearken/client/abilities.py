"""The abilities in a peer's info, with everything invalid removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wyoming.info import Artifact, Info

from ..const import MAX_LIST_ITEMS
from ..protocol import MAX_TEXT_CHARACTERS


@dataclass(frozen=True, kw_only=True, slots=True)
class WakeWord:
    """A wake word that a peer can detect."""

    id: str
    name: str
    phrase: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A voice that a server can speak with."""

    id: str
    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Abilities:
    """The abilities of a speech server or a satellite."""

    wake_words: tuple[WakeWord, ...] = ()
    transcription_languages: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()
    active_wake_words: tuple[str, ...] = ()
    max_active_wake_words: int = 1
    area: str = ""
    """Where a satellite says that it is."""

    @property
    def speech_languages(self) -> list[str]:
        """Return the languages of the voices."""
        return list(dict.fromkeys(tag for v in self.voices for tag in v.languages))


def abilities_of(info: Info) -> Abilities:
    """Return the abilities in the info, without invalid ones."""
    programs = [program for program in info.asr if program.installed is True]
    satellite = info.satellite
    return Abilities(
        wake_words=_unique(
            WakeWord(
                id=model.name,
                name=_text(model.description) or model.name,
                phrase=_text(model.phrase) or model.name.replace("_", " "),
                languages=_texts(model.languages),
            )
            for model in _models(info.wake, "models")
        ),
        transcription_languages=tuple(
            dict.fromkeys(
                tag
                for model in _models(programs, "models")
                for tag in _texts(model.languages)
            )
        ),
        voices=_unique(
            Voice(
                id=voice.name,
                name=_text(voice.description) or voice.name,
                languages=_texts(voice.languages),
            )
            for voice in _models(info.tts, "voices")
        ),
        active_wake_words=_texts(satellite.active_wake_words) if satellite else (),
        max_active_wake_words=_count(satellite.max_active_wake_words)
        if satellite
        else 1,
        area=_text(satellite.area) if satellite else "",
    )


def _models(programs: Iterable[Artifact], attribute: str) -> list[Any]:
    """Return the installed models that have a name, of the installed programs."""
    return [
        model
        for program in programs
        if program.installed is True
        for model in getattr(program, attribute)
        if model.installed is True and _text(model.name)
    ]


def _unique[ItemT: (WakeWord, Voice)](items: Iterable[ItemT]) -> tuple[ItemT, ...]:
    """Return the first item of each id."""
    by_id: dict[str, ItemT] = {}
    for item in items:
        by_id.setdefault(item.id, item)
    return tuple(by_id.values())[:MAX_LIST_ITEMS]


def _text(value: object) -> str:
    """Return the value if it is a short text, otherwise an empty one."""
    if isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS:
        return value
    return ""


def _texts(value: object) -> tuple[str, ...]:
    """Return the distinct texts of a list."""
    if not isinstance(value, list):
        return ()
    texts = (_text(item) for item in value[:MAX_LIST_ITEMS])
    return tuple(dict.fromkeys(text for text in texts if text))


def _count(value: object) -> int:
    """Return the value if it is an integer above 1, otherwise 1."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(1, value)
    return 1

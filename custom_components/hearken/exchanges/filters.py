"""Options of triggers that filter exchanges."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import voluptuous as vol
from homeassistant.helpers import config_validation as cv

from ..const import MAX_MESSAGE_CHARACTERS
from ..languages import bare_words, units_of
from .exchange import Exchange, TurnKind


class Filter(StrEnum):
    """An option that an exchange has to match."""

    WORD = "word"
    """The wake word, as spoken or by its ID."""
    MINIMUM_SCORE = "minimum_score"
    """The minimum detection score."""
    TEXT = "text"
    """One of these words or phrases was said."""
    CHOICE = "choice"
    """The ID of the choice."""
    TIMER = "timer"
    """The name of the timer."""
    TURN = "turn"
    """One of these kinds of turns."""


def _is_among(wanted: str, text: str | None) -> bool:
    """Return whether the text contains the words in sequence."""
    words, said = units_of(wanted), units_of(text)
    starts = range(len(said) - len(words) + 1)
    return bool(words) and any(said[at : at + len(words)] == words for at in starts)


_TESTS: Final[Mapping[Filter, Callable[[Any, Exchange], bool]]] = {
    Filter.WORD: lambda wanted, exchange: (
        bare_words(wanted)
        in (bare_words(exchange.wake_word), bare_words(exchange.wake_word_id))
    ),
    Filter.MINIMUM_SCORE: lambda wanted, exchange: (
        exchange.score is not None and exchange.score >= wanted
    ),
    Filter.TEXT: lambda wanted, exchange: any(
        _is_among(text, exchange.text) for text in wanted
    ),
    Filter.CHOICE: lambda wanted, exchange: exchange.choice == wanted,
    Filter.TIMER: lambda wanted, exchange: (
        bare_words(exchange.timer) == bare_words(wanted)
    ),
    Filter.TURN: lambda wanted, exchange: (
        exchange.turn is not None and exchange.turn.kind in wanted
    ),
}


def _phrase(value: str) -> str:
    """Return a text with words in it; raise vol.Invalid for one that never matches."""
    if not units_of(value):
        msg = "there is no word in this text"
        raise vol.Invalid(msg)
    return value


_TEXT: Final = vol.All(cv.string, vol.Length(min=1, max=MAX_MESSAGE_CHARACTERS))
_SCHEMAS: Final[Mapping[Filter, Any]] = {
    Filter.WORD: _TEXT,
    Filter.MINIMUM_SCORE: vol.All(vol.Coerce(float), vol.Range(min=0, max=1)),
    Filter.TEXT: vol.All(cv.ensure_list, [vol.All(_TEXT, _phrase)], vol.Length(min=1)),
    Filter.CHOICE: _TEXT,
    Filter.TIMER: _TEXT,
    Filter.TURN: vol.All(
        cv.ensure_list, [vol.In([kind.value for kind in TurnKind])], vol.Length(min=1)
    ),
}


def filter_schema(filters: Iterable[Filter]) -> dict[vol.Marker, Any]:
    """Return the schema of these filters, all of them optional."""
    return {vol.Optional(item.value): _SCHEMAS[item] for item in filters}


def passes(options: Mapping[str, Any], exchange: Exchange) -> bool:
    """Return whether an exchange matches all options."""
    return all(_TESTS[Filter(key)](value, exchange) for key, value in options.items())

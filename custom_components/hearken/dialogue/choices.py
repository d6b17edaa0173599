"""Finds the choice that a spoken answer selects. Independent of Home Assistant."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import voluptuous as vol
from hassil import Intents, recognize
from hassil.expression import Expression, Group, ListReference
from hassil.intents import WildcardSlotList
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError
from home_assistant_intents import get_intents, get_languages

_INTENT: Final = "Choice"
# Of English, German, Spanish and Chinese; non-ASCII characters as code points.
_PUNCTUATION: Final = re.compile(
    r"[.,:;!?\"\u00a1\u00bf\u2026\u201c-\u201e\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer, and the sentences that express it."""

    id: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChosenAnswer:
    """The choice that was selected, and the words in its slots."""

    id: str
    slots: dict[str, Any]


def check_sentence(sentence: str) -> str:
    """Return the sentence; raise vol.Invalid if it is not a valid template."""
    if _PUNCTUATION.search(re.sub(r"\{[^{}]*\}", "", sentence)):
        msg = f"write the sentence without punctuation: {sentence[:100]}"
        raise vol.Invalid(msg)
    try:
        parse_sentence(sentence)
    except ParseError as err:
        msg = f"the sentence cannot be read: {str(err)[:200]}"
        raise vol.Invalid(msg) from err
    return sentence


def choose(text: str, choices: list[Choice], language: str) -> ChosenAnswer | None:
    """Return the choice that the text selects; not for the event loop."""
    intents = Intents.from_dict(
        {
            "language": language,
            "intents": {
                _INTENT: {
                    "data": [
                        {
                            "sentences": list(choice.sentences),
                            "metadata": {"choice": choice.id},
                        }
                        for choice in choices
                    ]
                }
            },
            "skip_words": list(_polite_words(language)),
        }
    )
    for name in _slots(intents):
        intents.slot_lists[name] = WildcardSlotList(name)
    words = " ".join(_PUNCTUATION.sub(" ", text).split())
    bare = _bare(words, _polite_words(language))
    # Polite words at the edges would end up in slots, which accept any words.
    for candidate in dict.fromkeys((bare, words)):
        result = recognize(candidate, intents, language=language)
        if result is not None:
            break
    if result is None or result.intent_metadata is None:
        return None
    return ChosenAnswer(
        id=result.intent_metadata["choice"],
        slots={
            name: entity.value.strip()
            if isinstance(entity.value, str)
            else entity.value
            for name, entity in result.entities.items()
        },
    )


@lru_cache(maxsize=8)
def _polite_words(language: str) -> tuple[str, ...]:
    """Return words such as "please", which do not change the meaning."""
    base = language.partition("-")[0]
    for known in get_languages():
        if known == language or known.partition("-")[0] == base:
            words = (get_intents(known) or {}).get("skip_words", ())
            return tuple(str(word) for word in words)
    return ()


def _bare(words: str, polite: tuple[str, ...]) -> str:
    """Return the words without polite words before and after them."""
    is_changed = True
    while is_changed:
        is_changed = False
        for phrase in polite:
            for cut in (
                words.removeprefix(f"{phrase} "),
                words.removesuffix(f" {phrase}"),
            ):
                if cut != words:
                    words, is_changed = cut, True
    return words


def _slots(intents: Intents) -> set[str]:
    """Return the names of all slots; each of them accepts any words."""
    names: set[str] = set()
    for intent in intents.intents.values():
        for data in intent.data:
            for sentence in data.sentences:
                _collect(sentence.expression, names)
    return names


def _collect(expression: Expression, names: set[str]) -> None:
    """Add the names of the slots in an expression."""
    if isinstance(expression, Group):
        for item in expression.items:
            _collect(item, names)
    elif isinstance(expression, ListReference):
        names.add(expression.slot_name)

"""Finds the choice that a spoken answer selects. Independent of Home Assistant."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import voluptuous as vol
from hassil import Intents, recognize
from hassil.expression import Expression, Group, ListReference, RuleReference
from hassil.intents import WildcardSlotList
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError
from home_assistant_intents import get_intents, get_languages

from .answer_text import folded, plain_answer, spoken_signs

_INTENT: Final = "Choice"
_SLOT: Final = re.compile(r"\{[^{}]*\}")
_SLOT_OR_WORDS: Final = re.compile(r"\{[^{}]*\}|[^{}]+")
_SYNTAX: Final = re.compile(r"[()\[\]|]")


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
    """Return the sentence; raise vol.Invalid if no answer could ever match it."""
    words = spoken_signs(_SYNTAX.sub(" ", _SLOT.sub(" x ", sentence)), "")
    if not words.strip():
        msg = f"there is no word in the sentence: {sentence[:100]}"
        raise vol.Invalid(msg)
    if "<" not in words and plain_answer(words, "") != " ".join(words.split()):
        msg = f"write the sentence without punctuation: {sentence[:100]}"
        raise vol.Invalid(msg)
    try:
        expression = parse_sentence(spoken_signs(sentence, "")).expression
    except ParseError as err:
        msg = f"the sentence cannot be read: {str(err)[:200]}"
        raise vol.Invalid(msg) from err
    for reference in _references(expression):
        _check_reference(reference)
    return sentence


def _check_reference(reference: ListReference | RuleReference) -> None:
    """Raise vol.Invalid if a sentence refers to something that is not there."""
    if isinstance(reference, RuleReference):
        msg = f"there is no rule <{reference.rule_name}>: write the words themselves"
        raise vol.Invalid(msg)
    list_name, slot = reference.list_name, reference.slot_name
    is_open = list_name == slot and not reference.is_capture
    if not is_open and not reference.is_inline_range:
        msg = f"there is no list {list_name}: write {{{slot}}} for any words"
        raise vol.Invalid(msg)


def choose(text: str, choices: list[Choice], language: str) -> ChosenAnswer | None:
    """Return the choice that the text selects; not for the event loop.

    Without case only where nothing else matches: slots get words as they were written.
    """
    words = plain_answer(text, language)
    return _choose(words, choices, language, str) or _choose(
        folded(words, language), choices, language, lambda part: folded(part, language)
    )


def _choose(
    words: str, choices: list[Choice], language: str, form: Callable[[str], str]
) -> ChosenAnswer | None:
    """Return the choice that the words select among sentences in some form."""
    intents = Intents.from_dict(
        {
            "language": language,
            "intents": {
                _INTENT: {
                    "data": [
                        {
                            "sentences": [
                                _outside_slots(spoken_signs(sentence, language), form)
                                for sentence in choice.sentences
                            ],
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


def _outside_slots(sentence: str, form: Callable[[str], str]) -> str:
    """Return a sentence with its words in some form, and its slots as they are."""
    parts = _SLOT_OR_WORDS.findall(sentence)
    return "".join(part if part.startswith("{") else form(part) for part in parts)


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
    """Return the names of the slots that accept any words."""
    return {
        reference.slot_name
        for intent in intents.intents.values()
        for data in intent.data
        for sentence in data.sentences
        for reference in _references(sentence.expression)
        if isinstance(reference, ListReference) and not reference.is_inline_range
    }


def _references(expression: Expression) -> Iterator[ListReference | RuleReference]:
    """Yield the slots and rules in an expression."""
    if isinstance(expression, Group):
        for item in expression.items:
            yield from _references(item)
    elif isinstance(expression, ListReference | RuleReference):
        yield expression

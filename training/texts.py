"""Household sentences, split into training and held-out ones."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from training import language as languages
from training.amounts import Amounts
from training.grammar import Walker, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.language import Language

LONGEST_WORDS: Final = 18
_TEMPLATES_HELD_OUT: Final = 0.10
_TEXTS_HELD_OUT: Final = 0.10
_DEVELOPMENT: Final = 0.04
_DOMAIN_FITS: Final = 0.75
_COMPOSED: Final = 0.3
_TRIES: Final = 400
_PERCENT: Final = (1, 100)


class Kind(StrEnum):
    """The kind of a text."""

    INTENT = "intent"
    """One of Home Assistant's own sentences."""
    CASUAL = "casual"
    FOLLOW_UP = "follow_up"
    EVERYDAY = "everyday"
    """Not a command."""
    SHORT = "short"
    """One or two words; all of them are trained."""
    LOOSE = "loose"
    """Words without meaning, which teach sounds."""
    MUST_KNOW = "must_know"
    NEW_NAME = "new_name"
    """With a name or a room that is in no training sentence."""


class Split(StrEnum):
    """The permitted use of a text."""

    TRAINING = "training"
    DEVELOPMENT = "development"
    HELD_OUT = "held_out"
    UNUSED = "unused"
    """From a held-out template."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence."""

    words: str
    kind: Kind
    template: str = ""


TRAINING_MIX: Final = {
    Kind.INTENT: 0.33,
    Kind.CASUAL: 0.32,
    Kind.FOLLOW_UP: 0.05,
    Kind.SHORT: 0.12,
    Kind.EVERYDAY: 0.11,
    Kind.LOOSE: 0.05,
    Kind.MUST_KNOW: 0.02,
}
COMMAND_MIX: Final = {Kind.INTENT: 0.5, Kind.CASUAL: 0.45, Kind.FOLLOW_UP: 0.05}


def share(text: str, salt: str) -> float:
    """Return a number from 0 to 1 that depends only on the text."""
    digest = hashlib.sha256(f"{salt}:{text}".encode()).digest()
    return int.from_bytes(digest[:6]) / (1 << 48)


def split_of(template: str, text: str, language: Language) -> Split:
    """Return the split of a text; held-out texts are never used for training.

    The hash of the text decides, so that every run and every seed agree. A tenth of
    the templates is also excluded from training.
    """
    if text in language.always:
        return Split.TRAINING
    of_text = share(text, "text")
    if of_text < _TEXTS_HELD_OUT:
        return Split.HELD_OUT
    if of_text < _TEXTS_HELD_OUT + _DEVELOPMENT:
        return Split.DEVELOPMENT
    # Another template may produce the same text, so a held-out template alone does not
    # make a text held out; its sentences are only excluded from training.
    return Split.UNUSED if is_spared(template) else Split.TRAINING


def is_spared(template: str) -> bool:
    """Return whether a template is excluded from training."""
    return share(template, "template") < _TEMPLATES_HELD_OUT


class TextSource:
    """A source of different sentences."""

    def __init__(self, code: str, seed: int) -> None:
        """Set a language and a seed."""
        self.language = languages.load(code)
        self._choose = random.Random(seed)
        self._walker = Walker(self.language, self._choose, self._fill)
        self._amounts = Amounts(self._choose, self._walker.number, self.language.lists)
        self._domain = ""
        self._new_names = False

    def draw(self, kind: Kind, split: Split) -> Text:
        """Return a sentence of one kind and split."""
        fixed = {
            Kind.MUST_KNOW: self.language.must_know,
            Kind.SHORT: self.language.short,
        }
        if kind in fixed:
            return Text(self._choose.choice(fixed[kind]), kind)
        for _ in range(_TRIES):
            template, text = self._draw(kind)
            words = text.split()
            if not words or len(words) > LONGEST_WORDS:
                continue
            if kind is Kind.NEW_NAME:
                if self._has_new_name(text):
                    return Text(text, kind)
            elif split_of(template, text, self.language) is split:
                return Text(text, kind, template)
        msg = f"no {kind} sentence for {split} within {_TRIES} tries"
        raise RuntimeError(msg)

    def mixture(
        self, mix: dict[Kind, float], split: Split, count: int
    ) -> Iterator[Text]:
        """Return sentences of several kinds, in the shares of the mix."""
        kinds = self._choose.choices(list(mix), list(mix.values()), k=count)
        for kind in kinds:
            yield self.draw(kind, split)

    def different(self, mix: dict[Kind, float], split: Split, count: int) -> list[Text]:
        """Return distinct sentences."""
        found: dict[str, Text] = {}
        while len(found) < count:
            for text in self.mixture(mix, split, 1):
                found.setdefault(text.words, text)
        return list(found.values())

    def wake_phrase(self) -> str:
        """Return one of the wake phrases."""
        return self._choose.choice(self.language.lists["wake_phrases"])

    def _draw(self, kind: Kind) -> tuple[str, str]:
        """Return a template of this kind and one of its sentences."""
        own = {
            Kind.CASUAL: "casual",
            Kind.NEW_NAME: "casual",
            Kind.FOLLOW_UP: "follow_ups",
            Kind.EVERYDAY: "everyday",
        }
        self._domain = ""
        self._new_names = kind is Kind.NEW_NAME
        if kind is Kind.LOOSE:
            count = self._choose.randint(2, 6)
            words = self._choose.choices(self.language.lists["loose_words"], k=count)
            return "", " ".join(words)
        if kind is Kind.INTENT:
            intent = self._choose.choice(self.language.intents)
            self._domain = intent.domain
            return intent.text, self._walker.draw(intent.text, intent.rules)
        template = self._choose.choice(self.language.templates(own[kind]))
        return template, self._walker.draw(template)

    def _has_new_name(self, text: str) -> bool:
        """Return whether a sentence has a held-out name or room."""
        new = (*self.language.held_out_names, *self.language.held_out_areas)
        return any(spoken(name) in text for name in new)

    def _fill(self, name: str) -> str:
        """Return one entry of our own lists; names have templates of their own."""
        choose, language = self._choose, self.language
        if name in ("name", "light", *language.names):
            return self._name(name)
        if name == "area":
            known = language.held_out_areas if self._new_names else None
            return choose.choice(known or language.lists["areas"])
        if form := self._amounts.forms.get(name):
            return form()
        numbers = {
            "percent": _PERCENT,
            "minutes": (1, 60),
            "seconds": (1, 59),
            "hour": (1, 12),
            "degrees": (15, 78),
            "below": (1, 30),
        }
        if name in numbers:
            low, high = numbers[name]
            value = choose.randint(low, high)
            if choose.random() < 0.5:
                value = max(low, value // 5 * 5)
            return self._walker.number(value)
        if name == "color":
            entry = choose.choice(language.intent_lists["color"]["values"])
            more = language.lists["colors_more"]
            return choose.choice((str(entry["in"]), choose.choice(more)))
        return choose.choice(language.lists[_LISTS.get(name, name)])

    def _name(self, wanted: str) -> str:
        """Return the name of an entity, often composed of parts."""
        choose, language = self._choose, self.language
        if self._new_names:
            return choose.choice(language.held_out_names)
        domain = wanted if wanted != "name" else self._domain
        if domain not in language.names or choose.random() > _DOMAIN_FITS:
            domain = wanted if wanted in language.names else ""
        if not domain:
            weights = [len(entries) for entries in language.names.values()]
            domain = choose.choices(list(language.names), weights)[0]
        name = choose.choice(language.names[domain])
        if domain in ("person", "scene", "script", "todo"):
            return name
        if choose.random() < _COMPOSED:
            lists = language.lists
            first = choose.choice(
                (
                    choose.choice(lists["areas"]),
                    choose.choice(lists["name_adjectives"]),
                    choose.choice(lists["name_places"]),
                    f"{choose.choice(lists['name_people'])}'s",
                )
            )
            name = f"{first} {name.split()[-1] if len(name.split()) > 1 else name}"
        return name


_LISTS: Final = {
    "thing": "things",
    "floor": "floors",
    "message": "messages",
    "search_query": "music",
    "zone": "zones",
    "timer_name": "timer_names",
    "timer_command": "timer_commands",
    "shopping_list_item": "items",
    "todo_list_item": "items",
    "item": "items",
    "todo_item": "items",
    "subject": "subjects",
    "past_verb": "past_verbs",
    "object": "objects",
}

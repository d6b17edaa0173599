"""How the names of a house may be said in one language. Independent of Home Assistant.

A name is looked at once: when the house changes, only its new names cost anything.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import Final, NamedTuple

from ..languages import is_spaceless
from .lexicon import Lexicon, Tag
from .text import Tokens, tokens_of

MIN_STEM: Final = 3
"""Shortest beginning of a compound that stands for the whole, in characters."""
_EMPTY: Final = frozenset({"filler", "yes"})
"""Words that say so little that they may stand for a name: "right"."""
_STEM_ENDINGS: Final = ("", "e", "n", "en", "er", "s", "es")


class Role(Enum):
    """What some words are of a name."""

    PLACE = 0
    WHOLE = 1
    PART = 2


class Key(NamedTuple):
    """Words of a name as they are written, and what they are of it."""

    role: Role
    words: Tokens


class Said(NamedTuple):
    """A key that some words are said for."""

    key: Key
    is_plural: bool = False
    """Whether the part of a name has the ending of several."""


class Spellings:
    """Finds the names, and parts of names, that words are said for."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Begin without names."""
        self._lexicon = lexicon
        self._said: dict[Tokens, tuple[Said, ...]] = {}
        self._longest: dict[str, int] = {}
        """Tokens of the longest name by its first one."""
        self._known: set[Key] = set()
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._nouns: dict[str, frozenset[str]] = {}

    @property
    def size(self) -> int:
        """Return how many names were looked at."""
        return len(self._keys)

    def keys_of(self, name: str) -> tuple[Key, ...]:
        """Return the keys of the name of a device: the whole, and its parts."""
        keys = self._keys.get(name)
        if keys is None:
            keys = tuple(dict.fromkeys(self._look_at(tokens_of(name))))
            self._keys[name] = keys
        return keys

    def key_of_place(self, name: str) -> Key:
        """Return the key of the name of an area or a floor."""
        key = Key(Role.PLACE, tokens_of(name))
        if self._is_new(key):
            for variant in self._variants(key.words):
                self._add(variant, Said(key))
        return key

    def at(self, tokens: Tokens, start: int) -> Iterator[tuple[int, tuple[Said, ...]]]:
        """Yield the end of every name that begins here, and what it is said for."""
        longest = self._longest.get(tokens[start], 0)
        for end in range(start + 1, min(len(tokens), start + longest) + 1):
            said = self._said.get(tokens[start:end])
            if said is not None:
                yield end, said

    def of(self, tokens: Tokens) -> tuple[Said, ...]:
        """Return what some words are said for."""
        return self._said.get(tokens, ())

    def is_several(self, name: str) -> bool:
        """Return whether a name is a plural."""
        words = tokens_of(name)[-1:]
        return any(
            "many" in tag.traits for one in words for tag in self._lexicon.word(one)
        )

    def nouns_of(self, name: str) -> frozenset[str]:
        """Return the kinds of devices that a name ends with: "ceiling fan 2"."""
        found = self._nouns.get(name)
        if found is None:
            found = self._nouns[name] = self._noun_at_end(tokens_of(name))
        return found

    def _noun_at_end(self, tokens: Tokens) -> frozenset[str]:
        """Return the kinds that the longest noun at the end is a word for."""
        numbers = self._lexicon.numbers
        while tokens and numbers.at(tokens[-1:], 0) is not None:
            tokens = tokens[:-1]
        for first in range(len(tokens)):
            if kinds := _kinds(self._lexicon.phrases.get(tokens[first:], ())):
                return kinds
        if tokens and self._lexicon.has_compounds:
            for cut in range(1, len(tokens[-1]) - 1):
                if kinds := _kinds(self._lexicon.noun(tokens[-1][cut:])):
                    return kinds
        return frozenset()

    def _look_at(self, tokens: Tokens) -> Iterator[Key]:
        """Yield the keys of a name, whose spellings are known from now on."""
        whole = Key(Role.WHOLE, tokens)
        yield whole
        if self._is_new(whole):
            for spelled in (tokens, *self._spelled(tokens)):
                for variant in self._variants(spelled):
                    self._add(variant, Said(whole))
        for first in range(len(tokens)):
            for last in range(first + 1, len(tokens) + 1):
                piece = tokens[first:last]
                is_inside = first > 0 and last < len(tokens)
                if not (
                    piece == tokens
                    or (
                        len(piece) == 1
                        and self._is_common(piece[0], is_inside=is_inside)
                    )
                    or (first > 0 and self._is_glued(piece))
                ):
                    yield self._part(piece)
        if self._lexicon.has_compounds:
            for token in tokens:
                for stem in self._stems(token):
                    yield self._stem(stem)

    def _part(self, piece: Tokens) -> Key:
        """Return the key of a part of a name."""
        key = Key(Role.PART, piece)
        if self._is_new(key):
            for variant in self._variants(piece):
                self._add(variant, Said(key, self._is_plural(piece, variant)))
        return key

    def _stem(self, stem: str) -> Key:
        """Return the key of the beginning of a compound."""
        # A hyphen is in no token: this is not the key of the same word.
        key = Key(Role.PART, (f"{stem}-",))
        if self._is_new(key):
            for ending in _STEM_ENDINGS:
                self._add((stem + ending,), Said(key))
        return key

    def _is_new(self, key: Key) -> bool:
        """Note a key; return whether it was not known before."""
        is_new = key not in self._known
        self._known.add(key)
        return is_new

    def _add(self, words: Tokens, said: Said) -> None:
        """Note what some words are said for."""
        if not words:
            return
        known = self._said.get(words, ())
        if said not in known:
            self._said[words] = (*known, said)
            first = words[0]
            self._longest[first] = max(self._longest.get(first, 0), len(words))

    def _spelled(self, tokens: Tokens) -> Iterator[Tokens]:
        """Yield a name with its numbers in digits, and in words: "lamp 1"."""
        numbers = self._lexicon.numbers
        for place, token in enumerate(tokens):
            before, after = tokens[:place], tokens[place + 1 :]
            for words in numbers.spoken.get(token, ()):
                yield (*before, *words, *after)
            if not token.isdecimal() and (found := numbers.at(tokens, place)):
                end, value = found
                yield (*before, f"{value:g}", *tokens[end:])

    def _is_plural(self, name: Tokens, variant: Tokens) -> bool:
        """Return whether a part of a name has an ending that stands for several."""
        return (
            len(name) == len(variant)
            and variant[-1].startswith(name[-1])
            and variant[-1][len(name[-1]) :] in self._plurals
        )

    @cached_property
    def _plurals(self) -> frozenset[str]:
        """Return the endings that stand for several."""
        return frozenset(self._lexicon.plurals)

    def _is_glued(self, piece: Tokens) -> bool:
        """Return whether a part belongs to what is before it: "的暖气"."""
        return is_spaceless(piece[0]) and piece[0] in self._lexicon.links

    def _is_common(self, token: str, *, is_inside: bool) -> bool:
        """Return whether a word means something by itself.

        Inside of a name, such as "the lamp in the hall", so does one that says little.
        """
        if is_spaceless(token):
            # A single character is too little: "吧" ends sentences.
            return True
        tags = self._lexicon.word(token)
        empty = frozenset() if is_inside else _EMPTY
        return any(tag.kind not in empty for tag in tags) or not token.isalpha()

    def _variants(self, tokens: Tokens) -> Iterator[Tokens]:
        """Yield a name with and without the endings of its words."""
        yield tokens
        if not tokens:
            return
        *before, last = tokens
        is_word = last.isalpha()
        for ending in self._lexicon.endings:
            if is_word:
                yield (*before, last + ending)
                bare = last.removesuffix(ending)
                if len(bare) > MIN_STEM:
                    yield (*before, bare)
            if before:
                yield (*(token + ending for token in before), last)

    def _stems(self, word: str) -> Iterator[str]:
        """Yield the beginnings of a compound whose end is a kind of device."""
        for cut in range(MIN_STEM, len(word) - 2):
            if self._lexicon.noun(word[cut:]):
                stem = word[:cut]
                yield stem
                for link in self._lexicon.links:
                    if link and len(stem.removesuffix(link)) >= MIN_STEM:
                        yield stem.removesuffix(link)


def _kinds(tags: Iterable[Tag]) -> frozenset[str]:
    """Return the kinds of devices among some meanings."""
    return frozenset(tag.value for tag in tags if tag.kind == "kind")

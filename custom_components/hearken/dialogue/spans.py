"""A text as a row of phrases that are known. Independent of Home Assistant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .home import NOTHING, Home, Named
from .lexicon import Lexicon, Tag
from .text import MAX_TOKENS, Tokens

_PHRASE_COST: Final = 1.0
_FILLER_COST: Final = 1.02
_NAME_COST: Final = 0.9
_PART_COST: Final = 1.15
_UNKNOWN_COST: Final = 20.0
_MIN_PART: Final = 3
_SEVERAL: Final = 2
_POLITE: Final = frozenset({"yes", "cancel"})


@dataclass(frozen=True, slots=True)
class Span:
    """A phrase, and everything that it may stand for."""

    start: int
    end: int
    tags: tuple[Tag, ...] = ()
    named: Named = NOTHING
    number: float | None = None
    is_compound: bool = False
    """Whether one word names an area and a kind of device."""
    is_article: bool = False
    """Whether the number may as well be an article or a pronoun."""

    @property
    def is_known(self) -> bool:
        """Return whether it stands for anything."""
        return bool(self.tags) or self.named != NOTHING or self.number is not None

    def tag(self, *kinds: str) -> Tag | None:
        """Return the first tag of these kinds."""
        return next((tag for tag in self.tags if tag.kind in kinds), None)

    @property
    def cost(self) -> float:
        """Return how little is gained by reading the text this way."""
        if self.named.devices or self.named.areas:
            return _NAME_COST
        if self.number is not None or any(tag.kind != "filler" for tag in self.tags):
            return _PHRASE_COST
        if self.tags:
            return _FILLER_COST
        return _PART_COST if self.is_known else _UNKNOWN_COST


def spans_of(tokens: Tokens, lexicon: Lexicon, home: Home) -> list[Span] | None:
    """Return the text in as few phrases as possible, None if a word is unknown."""
    if not tokens or len(tokens) > MAX_TOKENS:
        return None
    found = _fewest(tokens, lexicon, home, frozenset())
    taken = frozenset(_swallowing(found or ()))
    if not taken:
        return found
    # "Lass das" is no refusal in "lass das Licht an", nor "mach es" a yes.
    return _fewest(tokens, lexicon, home, taken) or found


def _fewest(
    tokens: Tokens, lexicon: Lexicon, home: Home, without: frozenset[tuple[int, int]]
) -> list[Span] | None:
    """Return the text in as few phrases as possible, without some of them."""
    best: list[tuple[float, Span | None]] = [(0.0, None)]
    best += [(float("inf"), None)] * len(tokens)
    for start in range(len(tokens)):
        cost = best[start][0]
        if cost >= _UNKNOWN_COST:
            continue
        for span in _starting(tokens, start, lexicon, home):
            if (span.start, span.end) in without:
                continue
            if cost + span.cost < best[span.end][0]:
                best[span.end] = (cost + span.cost, span)
    if best[-1][0] >= _UNKNOWN_COST:
        return None
    found: list[Span] = []
    end = len(tokens)
    while end:
        last = best[end][1]
        if last is None:
            return None
        found.append(last)
        end = last.start
    return found[::-1]


def _swallowing(spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield polite phrases of several words whose last belong to what follows."""
    for position, span in enumerate(spans):
        is_polite = bool(span.tags) and all(tag.kind in _POLITE for tag in span.tags)
        if span.end - span.start < _SEVERAL or not is_polite or span.named.is_any:
            continue
        rest = [one for one in spans[position + 1 :] if not _is_empty(one)]
        if not rest:
            continue
        act = rest[0].tag("act")
        is_particle = act is not None and "weak" in act.traits
        is_thing = rest[0].named.is_any or rest[0].tag("kind") is not None
        if is_particle or (is_thing and rest[0].start == span.end):
            yield span.start, span.end


def _is_empty(span: Span) -> bool:
    """Return whether a phrase says nothing but "again" at most."""
    return (
        bool(span.tags)
        and not span.named.is_any
        and all(tag.kind in {"filler", "back", "again"} for tag in span.tags)
    )


def _starting(
    tokens: Tokens, start: int, lexicon: Lexicon, home: Home
) -> Iterator[Span]:
    """Yield every phrase that begins here, once for each end."""
    tags: dict[int, tuple[Tag, ...]] = dict(lexicon.at(tokens, start))
    names: dict[int, Named] = dict(home.at(tokens, start))
    numbers: dict[int, float] = {}
    if number := lexicon.numbers.at(tokens, start):
        numbers[number[0]] = number[1]
    for end in {*tags, *names, *numbers}:
        yield Span(
            start,
            end,
            tags.get(end, ()),
            names.get(end, NOTHING),
            numbers.get(end),
            is_article=end == start + 1 and tokens[start] in lexicon.numbers.articles,
        )
    if lexicon.has_compounds and not (tags or names or numbers):
        yield from _compounds(tokens[start], start, lexicon, home)


def _compounds(word: str, start: int, lexicon: Lexicon, home: Home) -> Iterator[Span]:
    """Yield a word that is made of an area and a kind of device."""
    for cut in range(_MIN_PART, len(word) - 2):
        kinds = lexicon.noun(word[cut:])
        if not kinds:
            continue
        for link in lexicon.links:
            place = home.named(word[:cut].removesuffix(link))
            if place.areas:
                yield Span(
                    start,
                    start + 1,
                    kinds,
                    Named(areas=place.areas),
                    is_compound=True,
                )
                return

"""Finds what words tell from others: "the upstairs one". Independent of Home Assistant.

The words are those of a name, or of the place where something is, and the only ones
that say anything.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ..languages import is_spaceless
from .home import Device, Home
from .lexicon import Lexicon
from .memory import Memory, Pending
from .spans import spans_of
from .text import Tokens, tokens_of

_MAX_TOKENS: Final = 12
_FOLLOWING: Final = frozenset({"also", "about", "same"})
_EMPTY: Final = frozenset({"filler", "article", "pronoun", "yes", "and", "single"})
_MIN_LETTERS: Final = 3
_MIN_CHARACTERS: Final = 2


def chosen(text: str, home: Home, lexicon: Lexicon, memory: Memory) -> Sequence[Device]:
    """Return which of those that could have been meant a text describes, if any."""
    tokens = tokens_of(text)
    pending, last = memory.pending, next(iter(memory.recent()), None)
    ids: Sequence[str] = ()
    acts: Sequence[str] = ()
    if pending is None:
        # "And the downstairs one", after the one upstairs was chosen.
        if last is not None and last.orders:
            ids, acts = last.alternatives, last.orders[-1].clause.acts
    elif pending.kind == "choose":
        ids, acts = pending.candidates, pending.reading.clauses[pending.clause].acts
    else:
        return ()
    devices = [home.devices[one] for one in ids if one in home.devices]
    if not devices or not 0 < len(tokens) <= _MAX_TOKENS:
        return ()
    names = {one.entity_id: list(_names(one, home)) for one in devices}
    for start, end in _runs(len(tokens)):
        said = tokens[start:end]
        rest = (*tokens[:start], *tokens[end:])
        if not (_tells(said) and _is_empty(rest, lexicon, home, acts, pending)):
            continue
        found = [
            one
            for one in devices
            if any(
                _contains(name, words, lexicon)
                for name in names[one.entity_id]
                for words in _said(said, lexicon)
            )
        ]
        if found and (len(found) < len(devices) or pending is None):
            return found
    return ()


def _names(device: Device, home: Home) -> Iterator[Tokens]:
    """Yield the names of a device and of its places."""
    for name in device.names:
        yield tokens_of(name)
    for place in home.places:
        if device.area_id in place.area_ids:
            for name in place.names:
                yield tokens_of(name)


def _runs(count: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of so many tokens, the longest first."""
    for length in range(count, 0, -1):
        for start in range(count - length + 1):
            yield start, start + length


def _said(said: Tokens, lexicon: Lexicon) -> Iterator[Tokens]:
    """Yield words, and what a name has in place of them: "左边", "左"."""
    yield said
    if is_spaceless(said[0]) and (name := lexicon.alike.get("".join(said))):
        yield tokens_of(name)


def _tells(said: Tokens) -> bool:
    """Return whether words are long enough to tell something from others."""
    if is_spaceless(said[0]):
        return len(said) >= _MIN_CHARACTERS
    return any(len(one) >= _MIN_LETTERS for one in said)


def _is_empty(
    tokens: Tokens,
    lexicon: Lexicon,
    home: Home,
    acts: Sequence[str],
    pending: Pending | None,
) -> bool:
    """Return whether words say nothing of what is meant, but "too" without a question.

    An answer may repeat what is to be done.
    """
    spans = spans_of(tokens, lexicon, home) if tokens else []
    if spans is None:
        return False
    kinds = [{tag.kind for tag in one.tags} for one in spans]
    if pending is None and not any(_FOLLOWING & one for one in kinds):
        return False
    more = _EMPTY if pending is not None else _EMPTY | _FOLLOWING
    return all(
        one.number is None
        and (
            more & of
            or any(tag.kind == "act" and tag.value in acts for tag in one.tags)
        )
        for one, of in zip(spans, kinds, strict=True)
    )


def _contains(name: Tokens, said: Tokens, lexicon: Lexicon) -> bool:
    """Return whether a name has words, whatever their endings."""
    wanted = [_bases(one, lexicon) for one in said]
    return any(
        all(
            not words.isdisjoint(_bases(one, lexicon))
            for words, one in zip(wanted, name[first : first + len(said)], strict=True)
        )
        for first in range(len(name) - len(said) + 1)
    )


def _bases(word: str, lexicon: Lexicon) -> frozenset[str]:
    """Return a word with and without endings, and what else is said for it."""
    bases = {word}
    for ending in lexicon.endings:
        bare = word.removesuffix(ending)
        if len(bare) >= _MIN_LETTERS:
            bases.add(bare)
    return frozenset(
        bases | {lexicon.alike[one] for one in bases if one in lexicon.alike}
    )

"""Finds the name that an unknown part of an order may have meant.

Independent of Home Assistant. Comparing with many names takes a moment: do not call it
on the event loop.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ..languages import is_spaceless
from ..names.likeness import likest, min_likeness
from .home import Home
from .lexicon import Lexicon
from .memory import Pending
from .parse import read
from .plan import Proposal
from .reading import Reading
from .spans import spans_of
from .text import MAX_TOKENS, Tokens, tokens_of

_MAX_UNKNOWN: Final = 3
"""Words that may be unknown in an order; with more, it is something else."""
_MIN_UNKNOWN: Final = 2
"""Characters of a name that are at least said to be unknown."""
_MAX_PART: Final = 4
_MAX_SPACELESS: Final = 8
_REACH: Final = 3
"""Known words on either side that may belong to the name as well."""
_MARGIN: Final = 0.1
"""How much less similar every other name must be."""

type Interpret = Callable[[Reading], Proposal | None]


class _Part(NamedTuple):
    """A part of a sentence, from one token to before another."""

    start: int
    end: int


class _Meant(NamedTuple):
    """A name, and the part of a sentence that resembles it."""

    likeness: float
    name: str
    part: _Part


def suggested(
    text: str, lexicon: Lexicon, home: Home, interpret: Interpret
) -> Proposal | None:
    """Return the question whether a name was meant, or what is not known.

    None if the text has no unknown part, or is no order apart from it.
    """
    tokens = tokens_of(text)
    parts = _parts(tokens, lexicon, home) if len(tokens) <= MAX_TOKENS else []
    if not parts:
        return None
    proposals: list[Proposal] = []
    for meant in _meant(tokens, parts, lexicon, home):
        start, end = meant.part
        spans = spans_of(
            (*tokens[:start], *tokens_of(meant.name), *tokens[end:]), lexicon, home
        )
        reading = None if spans is None else read(spans)
        certain = None if reading is None else _certain(reading, interpret)
        if reading is not None and certain is not None:
            proposals.append(_question(written(tokens[start:end]), meant.name, certain))
    pendings = [one.pending for one in proposals if one.pending is not None]
    if pendings and all(one.commands == pendings[0].commands for one in pendings):
        return proposals[0]
    return _unknown(tokens, parts, lexicon, home)


def written(tokens: Tokens) -> str:
    """Return tokens as a text."""
    return ("" if tokens and is_spaceless(tokens[0]) else " ").join(tokens)


def _parts(tokens: Tokens, lexicon: Lexicon, home: Home) -> list[_Part]:
    """Return the parts that may be a name which is not known, the shortest first."""

    def is_known(some: Tokens) -> bool:
        return not some or spans_of(some, lexicon, home) is not None

    begins = [at for at in range(len(tokens) + 1) if is_known(tokens[:at])]
    first = begins[-1]
    ends = [at for at in range(first + 1, len(tokens) + 1) if is_known(tokens[at:])]
    if not ends or ends[0] - first > _MAX_UNKNOWN:
        return []
    limit = _MAX_SPACELESS if is_spaceless(tokens[first]) else _MAX_PART
    found = [
        _Part(start, end)
        for start in begins
        for end in ends
        if start >= first - _REACH and end <= ends[0] + _REACH
        if end - start <= limit
    ]
    telling = [
        part
        for part in _within(found, limit)
        if _tells_more(tokens[part.start : part.end], lexicon, home)
    ]
    found = [
        part
        for part in found
        if not any(part.start <= one.start and one.end <= part.end for one in telling)
    ]
    return sorted(found, key=lambda part: part.end - part.start)


def _within(parts: list[_Part], limit: int) -> Iterator[_Part]:
    """Yield every part, of so many tokens at most, between the first and the last."""
    first = min((part.start for part in parts), default=0)
    last = max((part.end for part in parts), default=0)
    for start in range(first, last):
        for end in range(start + 1, min(last, start + limit) + 1):
            yield _Part(start, end)


def _meant(
    tokens: Tokens, parts: list[_Part], lexicon: Lexicon, home: Home
) -> list[_Meant]:
    """Return the most similar name, and those that are about as similar."""
    found: list[_Meant] = []
    for pronounced in (False, True):
        texts: dict[str, _Part] = {}
        for part in parts:
            text = written(tokens[part.start : part.end])
            texts.setdefault(lexicon.sound(text) if pronounced else text, part)
        for name in set(_names(home)):
            wanted = written(tokens_of(name))
            if pronounced:
                wanted = lexicon.sound(wanted)
            if best := likest(wanted, texts, min_likeness(wanted)):
                found.append(_Meant(best[1], name, texts[best[0]]))
    found.sort(reverse=True)
    return [one for one in found if one.likeness >= found[0].likeness - _MARGIN]


def _names(home: Home) -> Iterator[str]:
    """Yield the names of devices and places."""
    for device in home.devices.values():
        yield from device.names
    for place in home.places:
        yield from place.names


def _certain(reading: Reading, interpret: Interpret) -> Proposal | None:
    """Return what a reading leads to if that is an order without any doubt."""
    if reading.question or any(one.is_complaint for one in reading.clauses):
        return None
    proposal = interpret(reading)
    if proposal is None or proposal.kind != "order" or proposal.undone:
        return None
    is_certain = bool(proposal.commands) or proposal.key == "confirm"
    return proposal if is_certain else None


def _question(part: str, name: str, certain: Proposal) -> Proposal:
    """Return the question whether this name was meant."""
    risky, record = certain.pending, certain.record
    commands = certain.commands if risky is None else risky.commands
    orders = risky.orders if risky is not None else record.orders if record else ()
    return Proposal(
        key="nearest_name",
        values={"part": part},
        names=(name,),
        pending=Pending(
            kind="suggest",
            reading=Reading() if risky is None else risky.reading,
            commands=tuple(commands),
            orders=orders,
        ),
        is_question=True,
        kind="refusal",
    )


def _unknown(
    tokens: Tokens, parts: list[_Part], lexicon: Lexicon, home: Home
) -> Proposal | None:
    """Return which part is not known, None if the rest is not just what to do."""
    for start, end in parts:
        spans = spans_of((*tokens[:start], *tokens[end:]), lexicon, home)
        part = written(tokens[start:end])
        if spans is None or len(part) < _MIN_UNKNOWN:
            continue
        reading = read(spans)
        if reading.question or reading.references or len(reading.clauses) != 1:
            continue
        if reading.clauses[0].acts and not reading.clauses[0].is_complaint:
            return Proposal(key="unknown_part", values={"part": part}, kind="refusal")
    return None


def _tells_more(part: Tokens, lexicon: Lexicon, home: Home) -> bool:
    """Return whether a part names a device or asks: then it is no unknown name."""
    spans = spans_of(part, lexicon, home) or ()
    return any(one.named.devices or one.tag("question") for one in spans)

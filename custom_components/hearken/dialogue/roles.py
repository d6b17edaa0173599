"""What a phrase is between its neighbors. Independent of Home Assistant."""

from collections.abc import Sequence
from typing import Final

from .reading import Clause
from .spans import Span

_HESITATION: Final = frozenset({"filler", "do"})
_THING: Final = ("article", "kind", "pronoun")


def is_article(spans: Sequence[Span], position: int) -> bool:
    """Return whether a word that may be a pronoun belongs to a noun."""
    if spans[position].tag("article") is None or position + 1 >= len(spans):
        return False
    after = spans[position + 1]
    return (
        after.named.is_any
        or after.tag("kind", "ordinal", "both", "count", "pronoun", "all", "color")
        is not None
        or _is_hesitation(spans[position + 1 :])
    )


def _is_hesitation(rest: Sequence[Span]) -> bool:
    """Return whether nothing is said before a name: "that, er, the floor lamp"."""
    for one in rest:
        if one.named.devices:
            return True
        kinds = {tag.kind for tag in one.tags}
        if one.named.is_any or not (kinds <= _HESITATION or "article" in kinds):
            return False
    return False


def is_number(spans: Sequence[Span], position: int) -> bool:
    """Return whether a number is one, and not an article or a pronoun."""
    if not spans[position].is_article:
        return True
    after = spans[position + 1 : position + 2]
    before = spans[position - 1 : position] if position else []
    return any(one.tag("unit") for one in after) or any(
        one.tag("to", "by") for one in before
    )


def role_left_out(spans: Sequence[Span], position: int, *, has_act: bool) -> str:
    """Return what a word is not here that is a verb or a device: "lock"."""
    span = spans[position]
    if span.tag("act") is None or span.tag("kind") is None:
        return ""
    before = spans[position - 1 : position] if position else []
    is_noun = has_act or any(
        one.tag("article") is not None or one.named.is_any for one in before
    )
    return "act" if is_noun else "kind"


def is_particle(span: Span, rest: Sequence[Span], clause: Clause) -> bool:
    """Return whether a preposition is the particle of a verb here."""
    if span.tag("filler") is None:
        return True
    if rest and (
        (rest[0].number is not None and not rest[0].is_article)
        or rest[0].tag("level", "unit", "color", "tone") is not None
    ):
        return False
    if _is_two_orders(rest, clause):
        return True
    followed = bool(rest) and (
        rest[0].tag("article", "kind") is not None
        or bool(rest[0].named.areas or rest[0].named.partly)
    )
    return not followed


def _is_two_orders(rest: Sequence[Span], clause: Clause) -> bool:
    """Return whether another order follows: "das Radio aus die Kerzen an"."""
    nouns = [one for one in rest if one.tag("article") is None]
    return (
        bool(clause.references)
        and not clause.acts
        and bool(nouns)
        and bool(nouns[0].named.devices)
        and any(one.tag("act") is not None for one in nouns[1:])
    )


def begins_another(span: Span, rest: Sequence[Span]) -> bool:
    """Return whether an act is that of what follows: "把它关了打开小兔灯"."""
    act = span.tag("act")
    if act is None or "weak" in act.traits or span.tag("filler") is not None:
        return False
    after = next((one for one in rest if one.tag(*_THING) or one.named.is_any), None)
    if after is None:
        return False
    between = rest[: rest.index(after)]
    is_next = all(
        {tag.kind for tag in one.tags} <= {"filler", "do"} and one.number is None
        for one in between
    )
    return is_next and (bool(after.named.devices) or after.tag("kind") is not None)

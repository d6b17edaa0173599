"""What a phrase is between its neighbors. Independent of Home Assistant."""

from collections.abc import Sequence

from .spans import Span


def is_article(spans: Sequence[Span], position: int) -> bool:
    """Return whether a word that may be a pronoun belongs to a noun."""
    if spans[position].tag("article") is None or position + 1 >= len(spans):
        return False
    after = spans[position + 1]
    return after.named.is_any or (
        after.tag("kind", "ordinal", "both", "pronoun", "all", "color") is not None
    )


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

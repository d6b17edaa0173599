"""What a sentence with an order in it says that is no order.

Independent of Home Assistant and of the language. "Mach das Licht nicht an" has every
word of an order, and so has one that was cut off before the last.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from .lexicon import Lexicon
from .spans import Span
from .text import Tokens

_SPOKEN_OF: Final = (
    *("kind", "pronoun", "all", "both", "everything", "ordinal", "single", "here"),
    "everywhere",
)


def without_tag(spans: Sequence[Span]) -> Sequence[Span]:
    """Return a sentence without a "no" that wants to be agreed to: "…, ne?"."""
    is_tag = len(spans) > 1 and None not in (
        spans[-1].tag("no"),
        spans[-1].tag("filler"),
    )
    return spans[:-1] if is_tag else spans


def denials(spans: Sequence[Span]) -> frozenset[str]:
    """Return what keeps the orders of a sentence from being carried out.

    `dont`: they are denied; `incomplete`: the end is missing.
    """
    found: set[str] = set()
    if _is_denied(spans) or _is_taken_back(spans) or _is_stopped(spans):
        found.add("dont")
    if spans and _is_cut_off(spans):
        found.add("incomplete")
    return frozenset(found)


def begins_oddly(tokens: Tokens, spans: Sequence[Span], lexicon: Lexicon) -> bool:
    """Return whether a text that ends with what to do begins like no order.

    "For all the lights on" is what a speech model makes of a question.
    """
    is_odd = any(
        # "For me" is a phrase of its own.
        tokens[: len(first)] == first and spans[0].end <= len(first)
        for first in lexicon.never_first
    )
    if not is_odd or any(span.tag("do", "keep") for span in spans):
        return False
    is_act = [span.tag("act") is not None for span in spans]
    first_act = is_act.index(True) if any(is_act) else 0
    return first_act > 0 and not any(map(_is_thing, spans[first_act:]))


def _is_denied(spans: Sequence[Span]) -> bool:
    """Return whether "not" is said of what to do, and not of a device."""
    for position, span in enumerate(spans):
        if span.tag("not", "dont") is None:
            continue
        after = next(_telling(spans[position + 1 :]), None)
        if after is not None and not _is_thing(after) and after.tag("act") is not None:
            return True
    return False


def _is_taken_back(spans: Sequence[Span]) -> bool:
    """Return whether an order ends with "no"."""
    return (
        bool(spans)
        and spans[-1].tag("no") is not None
        and any(one.tag("act") is not None for one in spans[:-1])
    )


def _is_stopped(spans: Sequence[Span]) -> bool:
    """Return whether "stop" is said of what to do: "hör auf, das Licht anzumachen"."""
    stopping: Span | None = None
    for position, span in enumerate(spans):
        if span.tag("and") is not None:
            stopping = None
        act = span.tag("act")
        if act is None or "weak" in act.traits or span.tag("kind") is not None:
            continue
        if act.value == "stop":
            stopping = span
        elif stopping is not None:
            is_own = any(map(_is_thing, spans[position + 1 :]))
            is_verb = not any(map(_is_thing, spans[spans.index(stopping) : position]))
            if is_verb or not is_own:
                return True
    return False


def _is_cut_off(spans: Sequence[Span]) -> bool:
    """Return whether nothing follows "except", or nothing but "the"."""
    places = [at for at, one in enumerate(spans) if _excepts(one)]
    if not places:
        return False
    *rest, last = spans[places[-1] :]
    is_article = last.tag("article") is not None and not last.named.is_any
    return not any(map(_is_thing, rest if is_article else (*rest, last)))


def _excepts(span: Span) -> bool:
    """Return whether something is excepted."""
    return span.tag("except") is not None and not span.named.is_any


def _is_thing(span: Span) -> bool:
    """Return whether a phrase stands for something that is spoken of."""
    return span.named.is_any or span.tag(*_SPOKEN_OF) is not None


def _telling(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the phrases that are more than fillers."""
    for span in spans:
        is_filler = span.tag("filler") is not None and not span.named.is_any
        if not is_filler or span.tag("act") is not None:
            yield span

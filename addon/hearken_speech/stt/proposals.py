"""Texts with names of the house that may have been said.

Names are found by how they sound, and judged by the decoder: the name is put into the
text, and the decoder says how probable that text is for the same sound. What is found
is only proposed. A client takes it if it understands nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hearken_speech.protocol import Repair
from hearken_speech.stt.reading import Reader
from hearken_speech.stt.splicing import TokenText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hearken_speech.stt.engine import Hypothesis
    from hearken_speech.stt.names import NameIndex
    from hearken_speech.stt.splicing import Tokenizer

    type Score = Callable[[Sequence[Sequence[int]]], Sequence[float]]
    """Returns the log-probability of each text, as tokens, on the same sound."""

_MARKS: Final = ".?!,;:\u3002\uff1f\uff01\uff0c "


@dataclass(frozen=True, kw_only=True)
class ProposalSettings:
    """How many texts are scored, and which of them are proposed."""

    candidates: int = 6
    """Most texts that the decoder scores."""
    for_each_name: int = 2
    """Most texts with the same name among them."""
    least_margin: float = -14.0
    """Least margin of a name that sounds exactly like the words in its place."""
    margin_of_part: float = -1.0
    """Least margin where a whole syllable was said or not: the decoder hears that. An
    unusual name is improbable to it whatever the sound."""
    margin_for_unlike: float = 30.0
    """How much more a name needs that sounds nothing like them."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A text with a name of the house, and how well it fits the sound."""

    text: str
    repairs: tuple[Repair, ...]
    margin: float
    """Log-probability of the text minus that of the text as heard."""


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """What may have been said instead of a text, the best first."""

    names: tuple[Proposal, ...] = ()
    sentences: tuple[Proposal, ...] = ()
    """Texts of the client; whether one of them fits well enough, it decides."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A text with a name of the house, not yet scored."""

    text: str
    tokens: tuple[int, ...]
    repair: Repair
    likeness: float
    """Of the name and the words in its place, 0 to 1."""
    is_part: bool
    """Whether one of them has a syllable or more that the other lacks."""


def propose(
    hypotheses: Sequence[Hypothesis],
    index: NameIndex,
    tokenizer: Tokenizer,
    score: Score,
    settings: ProposalSettings | None = None,
) -> tuple[Proposal, ...]:
    """Return the texts with names that fit the sound, the best first."""
    settings = settings or ProposalSettings()
    candidates = find_candidates(hypotheses, index, tokenizer, settings)
    if not candidates:
        return ()
    heard, *scores = score([hypotheses[0].tokens, *(one.tokens for one in candidates)])
    leads = [
        (probability - heard - _least_margin(one, settings), probability - heard, one)
        for one, probability in zip(candidates, scores, strict=True)
    ]
    return tuple(
        Proposal(text=one.text, repairs=(one.repair,), margin=margin)
        for lead, margin, one in sorted(leads, key=itemgetter(0), reverse=True)
        if lead >= 0
    )


def _least_margin(candidate: Candidate, settings: ProposalSettings) -> float:
    """Return the margin that a candidate needs; the less alike, the more."""
    unlike = 1.0 - candidate.likeness
    margin = settings.least_margin + settings.margin_for_unlike * unlike
    return max(margin, settings.margin_of_part) if candidate.is_part else margin


def find_candidates(
    hypotheses: Sequence[Hypothesis],
    index: NameIndex,
    tokenizer: Tokenizer,
    settings: ProposalSettings,
) -> list[Candidate]:
    """Return the texts to score, those with the most alike names."""
    known = {_plain(hypothesis.text) for hypothesis in hypotheses}
    found: dict[str, Candidate] = {}
    for candidate in _spliced(hypotheses, index, tokenizer, settings.candidates):
        key = _plain(candidate.text)
        if key in known:
            continue
        other = found.get(key)
        if other is None or candidate.likeness > other.likeness:
            found[key] = candidate
    counts: Counter[str] = Counter()
    chosen = []
    for candidate in sorted(found.values(), key=lambda one: -one.likeness):
        counts[candidate.repair.name] += 1
        if counts[candidate.repair.name] <= settings.for_each_name:
            chosen.append(candidate)
    return chosen[: settings.candidates]


def _spliced(
    hypotheses: Sequence[Hypothesis], index: NameIndex, tokenizer: Tokenizer, most: int
) -> Iterator[Candidate]:
    """Yield each text with each of the names most like some of its words."""
    reader = Reader(index.pronouncer)
    for hypothesis in hypotheses:
        written = TokenText(hypothesis.tokens, tokenizer)
        if written.text != hypothesis.text:
            continue  # tokens of a repeated text, which is delivered only once
        reading = reader.read(hypothesis.text, index.language)
        # A model that writes no capitals would find any name improbable.
        has_capitals = hypothesis.text != hypothesis.text.lower()
        for span in index.spans(reading, most):
            name = index.names[span.name]
            start = reading.words[span.first].start
            end = reading.words[span.last].end
            yield Candidate(
                text=f"{hypothesis.text[:start]}{name}{hypothesis.text[end:]}",
                tokens=written.replace(
                    start, end, name if has_capitals else name.lower()
                ),
                repair=Repair(heard=hypothesis.text[start:end], name=name),
                likeness=span.likeness,
                is_part=span.is_part,
            )


def _plain(text: str) -> str:
    """Return a text as it is compared: without case and marks at its end."""
    return text.strip().rstrip(_MARKS).casefold()

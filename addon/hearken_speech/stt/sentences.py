"""Whole texts that may have been said instead, judged by the decoder.

A client that understands no text knows what people may say to it. It sends the texts
that look most like what was heard, and the decoder says how probable each of them is
for the same sound.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from hearken_speech.stt.proposals import Proposal
from hearken_speech.stt.splicing import TokenText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.stt.engine import Hypothesis
    from hearken_speech.stt.proposals import Score
    from hearken_speech.stt.splicing import Tokenizer

_LONGEST: Final = 200
"""Characters of a sentence: it costs as much as it is long."""
_WORD: Final = re.compile(r"\w[\w'\u2019]*")


def judge(
    hypotheses: Sequence[Hypothesis],
    sentences: Sequence[str],
    tokenizer: Tokenizer,
    score: Score,
) -> tuple[Proposal, ...]:
    """Return the sentences with their margins over what was heard, the best first."""
    heard = hypotheses[0]
    sentences = [sentence for sentence in sentences if len(sentence) <= _LONGEST]
    written = [TokenText(one.tokens, tokenizer) for one in hypotheses]
    texts = [
        min(
            (_spliced(text, sentence) for text in written),
            key=lambda spliced: spliced[0],
        )[1]
        for sentence in sentences
    ]
    if not texts:
        return ()
    base, *scores = score([heard.tokens, *texts])
    proposals = [
        Proposal(text=sentence, repairs=(), margin=probability - base)
        for sentence, probability in zip(sentences, scores, strict=True)
    ]
    return tuple(sorted(proposals, key=attrgetter("margin"), reverse=True))


def _spliced(written: TokenText, sentence: str) -> tuple[int, tuple[int, ...]]:
    """Return how many words a sentence changes in a text, and its tokens in there.

    The words that both share at the beginning and the end stay as they were written.
    """
    text = written.text
    heard, wanted = list(_WORD.finditer(text)), list(_WORD.finditer(sentence))
    first = _shared(heard, wanted)
    most = min(len(heard), len(wanted)) - first
    last = min(most, _shared(heard[::-1], wanted[::-1]))
    new = wanted[first : len(wanted) - last]
    old = heard[first : len(heard) - last]
    middle = sentence[new[0].start() : new[-1].end()] if new else ""
    if old:
        start, end = old[0].start(), old[-1].end()
    elif first < len(heard):
        start = end = heard[first].start()
        middle = f"{middle} "
    else:
        start = end = heard[-1].end() if heard else 0
        middle = f" {middle}"
    if not new and old and last:
        # What follows moves up to the words before.
        end = heard[len(heard) - last].start()
    if not first and text[:1].isupper():
        middle = f"{middle[:1].upper()}{middle[1:]}"
    return len(new) + len(old), written.replace(start, end, middle)


def _shared(one: Sequence[re.Match[str]], other: Sequence[re.Match[str]]) -> int:
    """Return how many words two texts share from their beginning."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first[0].casefold() != second[0].casefold():
            break
        count += 1
    return count

"""The commands of a house, found by how a text that was heard looks like them.

A recognizer that did not hear well writes nearly what was said: "turn off the memory
lamp". What was said is then probably one of a few hundred commands that make sense in
this house. These are only found here; whether one of them was said, the sound decides.
Independent of Home Assistant.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

MAX_SENTENCES: Final = 8_000
"""Of a house; what comes first counts more."""
_LONGEST_RUN: Final = 6
"""Words that a command may have of its own, such as "five minutes"."""
_LEAST_LENGTH: Final = 0.78
"""Of what was heard. A shorter command leaves out what was said: "turn on the light" is
a likely part of "turn on the cellar light", and another command."""
_WORDS: Final = "{words}"
_GAP: Final = "\0"
_SLOT: Final = re.compile(r"\{(\w+)\}")
_MARKS: Final = re.compile(r"[.?!,;:\u3002\uff1f\uff01\uff0c]+(?=\s|$)")
_GRAM: Final = 3

type Grams = frozenset[str]


class Sentences:
    """The commands of a house in one language."""

    def __init__(
        self, data: Mapping[str, Any], names: Mapping[str, Sequence[str]]
    ) -> None:
        """Write the sentences of a language with the names of each kind."""
        texts = dict.fromkeys(_written(data.get("sentences", ()), names))
        self._texts = tuple(texts)[:MAX_SENTENCES]
        self._grams = [_grams(text.replace(_WORDS, " ")) for text in self._texts]
        found: dict[str, list[int]] = defaultdict(list)
        for number, grams in enumerate(self._grams):
            for gram in grams:
                found[gram].append(number)
        self._with_gram = dict(found)
        count = len(self._texts)
        self._weights = {
            gram: math.log(1 + count / len(numbers))
            for gram, numbers in self._with_gram.items()
        }
        self._norms = [math.sqrt(self._weight(grams)) for grams in self._grams]

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self._texts)

    def near(self, texts: Iterable[str], most: int) -> list[str]:
        """Return the commands that look most like one of the texts, the best first."""
        best: dict[int, float] = {}
        likely: dict[int, str] = {}
        for text in dict.fromkeys(map(_plain, texts)):
            for number, likeness in self._alike(text, most):
                # The first text is the most probable one: its words are taken.
                likely.setdefault(number, text)
                best[number] = max(best.get(number, 0.0), likeness)
        found = sorted(best, key=lambda number: -best[number])
        filled = (
            (likely[number], self._filled(self._texts[number], likely[number]))
            for number in found
        )
        return [
            sentence
            for text, sentence in filled
            if len(sentence) >= _LEAST_LENGTH * len(text)
        ][:most]

    def _alike(self, text: str, most: int) -> list[tuple[int, float]]:
        """Return the sentences most like a text."""
        grams = _grams(text)
        shared: dict[int, float] = defaultdict(float)
        for gram in grams:
            weight = self._weights.get(gram, 0.0)
            for number in self._with_gram.get(gram, ()):
                shared[number] += weight
        norm = math.sqrt(self._weight(grams)) or 1.0
        alike = [
            (number, weight / (norm * self._norms[number]))
            for number, weight in shared.items()
        ]
        return sorted(alike, key=lambda one: -one[1])[:most]

    def _weight(self, grams: Grams) -> float:
        """Return how much these say together."""
        rare = math.log(1 + len(self._texts))
        return sum(self._weights.get(gram, rare) for gram in grams)

    def _filled(self, sentence: str, heard: str) -> str:
        """Return a sentence with words as they were heard, where it has a place.

        Those are the words without which the rest is most like the sentence.
        """
        words = heard.split()
        if _WORDS not in sentence or not words:
            return sentence
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(sentence.replace(_WORDS, _GAP))
        likely, most = heard, -1.0
        for first in range(len(words)):
            for last in range(first + 1, min(first + _LONGEST_RUN, len(words)) + 1):
                matcher.set_seq1(" ".join([*words[:first], _GAP, *words[last:]]))
                likeness = matcher.ratio()
                if likeness > most:
                    likely, most = " ".join(words[first:last]), likeness
        return sentence.replace(_WORDS, likely)


def _written(
    templates: Iterable[str], names: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield every sentence, those of the first name first."""
    plain = [
        " ".join(text.split())
        for template in templates
        for text in sample_sentence(parse_sentence(template), expand_lists=False)
    ]
    for text in plain:
        kinds = [kind for kind in _SLOT.findall(text) if kind != "words"]
        if not kinds:
            yield text
            continue
        kind = kinds[0]
        for name in names.get(kind, ()):
            yield text.replace(f"{{{kind}}}", _spoken(name))


def _spoken(name: str) -> str:
    """Return a name as a recognizer writes it in a sentence: "living room TV"."""
    return " ".join(word if word.isupper() else word.lower() for word in name.split())


def _plain(text: str) -> str:
    """Return a text without marks and capitals."""
    return " ".join(_MARKS.sub(" ", text).casefold().split())


def _grams(text: str) -> Grams:
    """Return every run of some characters of a text, its ends included."""
    padded = f" {' '.join(text.casefold().split())} "
    return frozenset(
        padded[start : start + _GRAM] for start in range(len(padded) - _GRAM + 1)
    )

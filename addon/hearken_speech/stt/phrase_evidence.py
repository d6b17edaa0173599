"""Whether a phrase was just said, as the speech model hears it.

Two signs speak for a phrase: the decoder finds it probable in place of what it wrote
itself, or what it wrote sounds like the phrase. Names and invented words are often
written in another way, so that only the second one shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, Final

from hearken_speech.audio.whisper_mel import IncrementalMel
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.stt import repeats
from hearken_speech.stt.engine import DecodeOptions
from hearken_speech.stt.languages import whisper_language
from hearken_speech.stt.phone_distance import MAX_BOUNDARIES, PhoneTable
from hearken_speech.stt.phonemes import split_words
from hearken_speech.stt.splicing import encode
from hearken_speech.stt.window import SILENCE_AFTER_SECONDS

if TYPE_CHECKING:
    from faster_whisper.tokenizer import Tokenizer

    from hearken_speech.audio.format import Samples
    from hearken_speech.stt.engine import WhisperEngine
    from hearken_speech.stt.phonemes import Phones, Pronouncer

_MOST_TOKENS: Final = 16
"""Enough for two seconds of speech."""
_MOST_PLACES: Final = 4
"""So many of the last words are taken for the first of the phrase: each one costs."""
_FURTHER_TOKEN: Final = 4.0
"""What each token of a word after the first may cost: rare words have several."""


@dataclass(frozen=True, slots=True)
class PhraseEvidence:
    """What the speech model says of a phrase."""

    text: str
    """What it wrote by itself."""
    log_probability: float
    """Of the word of the phrase that speaks most against it; 0 is certain."""
    likeness: float
    """Of the sounds of the phrase and those of the text, 0 to 1."""
    is_known: bool = True
    """Whether the model has a token of its own for each word of the phrase."""


def phrase_evidence(
    engine: WhisperEngine,
    samples: Samples,
    phrase: str,
    language: str,
    pronouncer: Pronouncer,
) -> PhraseEvidence:
    """Return what speaks for a phrase in these samples, which end just after it.

    Raise LanguageError if the model does not know the language of the phrase.
    """
    code = whisper_language(language, engine.model.languages)
    mel = IncrementalMel(engine.model.mel_bands)
    mel.add(samples)
    decoding = engine.decode(
        mel,
        DecodeOptions(
            language=code,
            beam_size=1,
            fallback=False,
            most_tokens=_MOST_TOKENS,
            window_seconds=len(samples) / SAMPLE_RATE_HZ + SILENCE_AFTER_SECONDS,
        ),
    )
    assert decoding.encoded is not None  # noqa: S101 - it was just decoded
    tokenizer = engine.model.tokenizer(code)
    written = list(decoding.best.tokens)
    # In so short a window, the decoder often writes a text again and again.
    text = repeats.once(decoding.best.text, code)
    places = _places(written, tokenizer)[: len(split_words(text, code))]
    forms = _spellings(phrase, tokenizer)
    candidates = [
        (place, words, written[:place] + list(chain.from_iterable(words)))
        for place in places[-_MOST_PLACES:] or [0]
        for words in forms
    ]
    scores = engine.score_tokens(
        decoding.encoded, [tokens for _, _, tokens in candidates]
    )
    return PhraseEvidence(
        text,
        max(
            _least(words, score[place:])
            for (place, words, _), score in zip(candidates, scores, strict=True)
        ),
        likeness(phrase, text, code, pronouncer),
        any(all(len(word) == 1 for word in words) for words in forms),
    )


def likeness(phrase: str, text: str, language: str, pronouncer: Pronouncer) -> float:
    """Return how much some words of a text sound like a phrase, 0 to 1.

    Half of a word does not count: "collection" is no "alexa".
    """
    wanted = tuple(chain.from_iterable(_words(phrase, language, pronouncer)))
    words = _words(text, language, pronouncer)
    ends = [0, *accumulate(map(len, words))]
    ends = [end for end in dict.fromkeys(ends) if end < MAX_BOUNDARIES]
    heard = tuple(chain.from_iterable(words))[: ends[-1]]
    if not wanted or not heard:
        return 0.0
    prices, starts = PhoneTable([wanted]).align(heard, ends)
    return max(
        1 - float(price) / max(len(wanted), end - int(start))
        for price, start, end in zip(prices[0], starts[0], ends, strict=True)
    )


def _words(text: str, language: str, pronouncer: Pronouncer) -> list[Phones]:
    """Return the phones of each word of a text."""
    words = [word.text for word in split_words(text, language)]
    return list(pronouncer.pronounce(words, language))


def _places(written: list[int], tokenizer: Tokenizer) -> list[int]:
    """Return where the words of a text begin."""
    place, places = 0, []
    for word, tokens in zip(*tokenizer.split_to_word_tokens(written), strict=True):
        if any(letter.isalnum() for letter in word):
            places.append(place)
        place += len(tokens)
    return places


def _least(words: list[list[int]], scores: list[float]) -> float:
    """Return the log-probability of the least probable word.

    Of all words together, one that everybody says would hide one that nobody said.
    """
    left = iter(scores)
    return min(
        sum(islice(left, len(word))) + _FURTHER_TOKEN * (len(word) - 1)
        for word in words
    )


def _spellings(phrase: str, tokenizer: Tokenizer) -> list[list[list[int]]]:
    """Return the tokens of each word of a phrase, as a name and as words."""
    words = phrase.split()
    forms = dict.fromkeys(
        (tuple(words), tuple(word[:1].upper() + word[1:] for word in words))
    )
    return [[encode(f" {word}", tokenizer) for word in form] for form in forms]

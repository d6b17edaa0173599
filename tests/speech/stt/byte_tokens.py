"""A small byte-level tokenizer like Whisper's, for tests of texts as tokens."""

from collections.abc import Sequence

import tokenizers
from faster_whisper.tokenizer import Tokenizer
from tokenizers import decoders, models, pre_tokenizers

from hearken_speech.stt.engine import Hypothesis

_SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>")


def byte_tokenizer(
    merges: Sequence[tuple[str, str]] = (), unmerged: Sequence[str] = ()
) -> Tokenizer:
    """Return a tokenizer with these merges, and with words that it does not merge."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *map("".join, merges), *unmerged]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    made = tokenizers.Tokenizer(models.BPE(vocabulary, list(merges)))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(_SPECIAL))
    return Tokenizer(made, multilingual=False)


def letters(text: str, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return a text as a token for each byte, unlike the tokenizer encodes it."""
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    ((written, _),) = plain.pre_tokenize_str(text)
    return tuple(tokenizer.tokenizer.token_to_id(character) for character in written)


def hypotheses(tokenizer: Tokenizer, *texts: str) -> list[Hypothesis]:
    """Return alternatives of a decoder."""
    return [
        Hypothesis(
            text=text,
            tokens=letters(f" {text}", tokenizer),
            average_log_probability=-0.3,
            total_log_probability=-3.0,
        )
        for text in texts
    ]


class Sound:
    """Scores texts in place of a decoder, and remembers what it was asked."""

    def __init__(
        self, tokenizer: Tokenizer, scores: dict[str, float], otherwise: float = -99.0
    ) -> None:
        """Set the log-probability of some texts."""
        self._tokenizer, self._scores, self._otherwise = tokenizer, scores, otherwise
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[Sequence[int]]) -> list[float]:
        """Return the log-probability of each text."""
        said = [self._tokenizer.decode([*text]).strip() for text in texts]
        self.asked.append(said)
        return [self._scores.get(text, self._otherwise) for text in said]

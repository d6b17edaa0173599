"""A name put into a text that the decoder wrote, token by token.

The tokens around the name stay those that the decoder emitted: encoding the whole text
anew may give others, which the decoder finds less probable although the text is the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACE: Final = "\u0120"
"""How a byte-level vocabulary writes a space."""


class Vocabulary(Protocol):
    """The tokens of a model, by number."""

    def id_to_token(self, id: int) -> str | None:  # noqa: A002 - as tokenizers has it
        """Return how a token is written in the vocabulary."""

    def token_to_id(self, token: str) -> int | None:
        """Return the number of a token."""


class Tokenizer(Protocol):
    """The part of faster-whisper's tokenizer that is used here."""

    @property
    def tokenizer(self) -> Vocabulary:
        """Return the vocabulary."""

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""

    def split_tokens_on_unicode(
        self, tokens: list[int]
    ) -> tuple[list[str], list[list[int]]]:
        """Return the pieces of text that whole tokens make, and their tokens."""


class TokenText:
    """A text as the decoder wrote it."""

    def __init__(self, tokens: Sequence[int], tokenizer: Tokenizer) -> None:
        """Split the text where a token ends."""
        self._tokenizer = tokenizer
        self._pieces, self._tokens = tokenizer.split_tokens_on_unicode(list(tokens))
        whole = "".join(self._pieces)
        self._indent = len(whole) - len(whole.lstrip())
        self.text = whole.strip()

    def replace(self, start: int, end: int, name: str) -> tuple[int, ...]:
        """Return the tokens with a name in place of some characters of the text."""
        start, end = start + self._indent, end + self._indent
        kept_before: list[int] = []
        kept_after: list[int] = []
        covered = ""
        first = place = 0
        for piece, tokens in zip(self._pieces, self._tokens, strict=True):
            if place + len(piece) <= start:
                kept_before += tokens
                first = place + len(piece)
            elif place >= end:
                kept_after += tokens
            else:
                covered += piece
            place += len(piece)
        text = covered[: start - first] + name + covered[end - first :]
        return (*kept_before, *encode(text, self._tokenizer), *kept_after)


def encode(text: str, tokenizer: Tokenizer) -> list[int]:
    """Return the tokens of a text, without a space on its own before a word.

    Some published tokenizers lack the merge of a space and a frequent letter.
    """
    vocabulary = tokenizer.tokenizer
    tokens: list[int] = []
    for token in tokenizer.encode(text):
        if tokens and vocabulary.id_to_token(tokens[-1]) == _SPACE:
            joined = vocabulary.token_to_id(f"{_SPACE}{vocabulary.id_to_token(token)}")
            if joined is not None:
                tokens[-1] = joined
                continue
        tokens.append(token)
    return tokens

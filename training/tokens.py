"""The tokens of a model, as used in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tokenizers

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tokens:
    """Convert text to tokens and back."""

    def __init__(self, data: bytes) -> None:
        """Set the contents of a tokenizer.json."""
        self._tokenizer = tokenizers.Tokenizer.from_str(data.decode())
        vocabulary: Mapping[str, int] = self._tokenizer.get_vocab(
            with_added_tokens=True
        )
        self.size = 1 + max(vocabulary.values())
        self.start = vocabulary["<|startoftranscript|>"]
        self.end = vocabulary["<|endoftext|>"]
        self.no_speech = vocabulary["<|nospeech|>"]
        self.no_timestamps = vocabulary["<|notimestamps|>"]

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        if not text:
            return []
        return list(self._tokenizer.encode(f" {text}", add_special_tokens=False).ids)

    def decode(self, tokens: list[int]) -> str:
        """Return the text of tokens."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True)).strip()

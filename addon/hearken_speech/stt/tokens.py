"""Whisper's tokens: prompts, suppressed tokens, and decoding to text."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import LanguageError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tokenizers

MAX_TOKENS: Final = 448
"""Longest sequence of a Whisper decoder, prompt and text together."""

MAX_PROMPT_TOKENS: Final = MAX_TOKENS // 2 - 1
"""Maximum number of tokens before the start of the transcript."""

_LONGEST_SHARE: Final = 0.25
"""Maximum share of the prompt for one name."""

_NOISE_SYMBOLS: Final = (
    *'"#()*+/:;<=>@[\\]^_`{|}~「」『』',
    *("<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", '("'),
    *("((", "))", "(((", ")))", "[[", "]]", "{{", "}}", "♪♪", "♪♪♪"),
)
_MUSIC_SYMBOLS: Final = "♩♪♫♬♭♮♯"
_WORD_STARTS: Final = (" -", " '")

# Home Assistant's codes on the left, Whisper's on the right.
_OTHER_CODES: Final = {"nb": "no", "jv": "jw", "fil": "tl", "iw": "he", "cmn": "zh"}
_CANTONESE: Final = ("zh-hk", "zh-mo", "yue")


class WhisperTokens:
    """The tokens of one model."""

    def __init__(self, tokenizer: tokenizers.Tokenizer, *, multilingual: bool) -> None:
        """Set the tokenizer of the model."""
        self._tokenizer = tokenizer
        self.multilingual = multilingual

    @cached_property
    def start(self) -> int:
        """Return the token that starts a transcript."""
        return self._special("<|startoftranscript|>")

    @cached_property
    def end(self) -> int:
        """Return the token that ends a transcript."""
        return self._special("<|endoftext|>")

    @cached_property
    def languages(self) -> frozenset[str]:
        """Return Whisper's codes of the languages the model knows."""
        if not self.multilingual:
            return frozenset({"en"})
        names = (
            token[2:-2]
            for token in self._tokenizer.get_vocab(with_added_tokens=True)
            if token.startswith("<|") and token.endswith("|>")
        )
        return frozenset(name for name in names if name.isalpha() and len(name) <= 3)  # noqa: PLR2004 - language codes have two or three letters

    def language(self, wanted: str) -> str:
        """Return Whisper's code of a language such as "en" or "pt-BR"."""
        tag = wanted.lower().replace("_", "-")
        candidates = ["yue"] if tag.startswith(_CANTONESE) else []
        for code in (*candidates, whisper_language(wanted)):
            if code in self.languages:
                return code
        msg = f'The model in use does not know the language "{wanted}".'
        raise LanguageError(msg)

    def prompt(
        self,
        language: str | None,
        *,
        bias: Sequence[int] = (),
        timestamps: bool = False,
    ) -> list[int]:
        """Return the tokens before the text."""
        tokens = [self._special("<|startofprev|>"), *bias] if bias else []
        tokens.append(self.start)
        if self.multilingual and language is not None:
            tokens += [
                self._special(f"<|{language}|>"),
                self._special("<|transcribe|>"),
            ]
        if not timestamps:
            tokens.append(self._special("<|notimestamps|>"))
        return tokens

    def bias(self, words: Sequence[str], budget_tokens: int) -> list[int]:
        """Return the tokens of as many words as fit the budget, in order.

        A word that would take the space of many is skipped.
        """
        budget = min(budget_tokens, MAX_PROMPT_TOKENS)
        tokens: list[int] = []
        for word in words:
            separator = "," if tokens else ""
            more = self.encode(f"{separator} {word.strip()}")
            if len(more) > budget * _LONGEST_SHARE:
                continue
            if len(tokens) + len(more) > budget:
                break
            tokens += more
        return tokens

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, without special ones."""
        words = [token for token in tokens if token < self.end]
        return str(self._tokenizer.decode(words)).strip()

    @cached_property
    def suppressed(self) -> list[int]:
        """Return the tokens that are never part of speech."""
        tokens = {self.encode(start)[0] for start in _WORD_STARTS}
        for symbol in (*_NOISE_SYMBOLS, *_MUSIC_SYMBOLS):
            for text in (symbol, f" {symbol}"):
                encoded = self.encode(text)
                # The note symbols share their first bytes, which no spoken text has.
                if len(encoded) == 1 or symbol in _MUSIC_SYMBOLS:
                    tokens.add(encoded[0])
        specials = (
            "<|transcribe|>",
            "<|translate|>",
            "<|startoftranscript|>",
            "<|startofprev|>",
            "<|startoflm|>",
            "<|nospeech|>",
            "<|nocaptions|>",
        )
        found = (self._tokenizer.token_to_id(name) for name in specials)
        return sorted(tokens | {token for token in found if token is not None})

    @property
    def highest(self) -> int:
        """Return the highest token that the model has to know."""
        prompts = [
            self.prompt(code, bias=[self.end])
            for code in (self.languages if self.multilingual else (None,))
        ]
        return max(*self.suppressed, *(max(prompt) for prompt in prompts))

    def _special(self, name: str) -> int:
        """Return a special token that every Whisper model has."""
        token = self._tokenizer.token_to_id(name)
        if token is None:
            msg = f"The model's tokenizer has no {name}: it is not a Whisper model."
            raise ModelError(msg)
        return int(token)


def whisper_language(wanted: str) -> str:
    """Return Whisper's code of a language such as "en-GB" or "nb"."""
    primary = wanted.lower().replace("_", "-").split("-", maxsplit=1)[0]
    return _OTHER_CODES.get(primary, primary)

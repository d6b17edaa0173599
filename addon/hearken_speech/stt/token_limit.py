"""How many tokens a text of some length can have."""

from __future__ import annotations

import math
from typing import Final

# Languages that need many tokens per second of speech.
# fmt: off
_DENSE_LANGUAGES: Final = frozenset(
    (
        "am", "ar", "as", "bn", "bo", "el", "fa", "gu", "he", "hi",
        "hy", "ja", "ka", "km", "kn", "ko", "lo", "ml", "mr", "my",
        "ne", "pa", "ps", "ru", "sa", "sd", "si", "ta", "te", "th",
        "ug", "uk", "ur", "uz", "vi", "yi", "yue", "zh",
    )
)
# fmt: on
_TOKENS_PER_SECOND: Final = 6.0
_DENSE_TOKENS_PER_SECOND: Final = 12.0
_SPARE_TOKENS: Final = 8


def token_limit(
    seconds: float, language: str | None, tokens_per_second: float | None = None
) -> int:
    """Return the limit of tokens for this much speech.

    A model's own limit of tokens per second replaces that of the language.
    """
    rate = tokens_per_second
    if rate is None:
        # An unknown language may need many tokens.
        dense = language is None or language in _DENSE_LANGUAGES
        rate = _DENSE_TOKENS_PER_SECOND if dense else _TOKENS_PER_SECOND
    return _SPARE_TOKENS + math.ceil(rate * seconds)

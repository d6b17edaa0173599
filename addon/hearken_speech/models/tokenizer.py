"""Make the tokenizer of a model from its vocabulary.

CTranslate2's converter writes no ``tokenizer.json``. The vocabulary has everything that
is in it: a token of the text was made by joining two shorter ones, in the order of the
vocabulary, and which two follows from how a text is encoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tokenizers
from tokenizers import AddedToken, decoders, models, pre_tokenizers

from hearken_speech import strict_json
from hearken_speech.json_file import read_bytes
from hearken_speech.models.errors import DamagedModelError
from hearken_speech.models.layout import VOCABULARY_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MAX_VOCABULARY_BYTES: Final = 32 << 20
_END: Final = "<|endoftext|>"
_LAST_SPECIAL: Final = "<|notimestamps|>"
"""The tokens after it are timestamps, which are no text."""


def read_vocabulary(folder: Path) -> list[str]:
    """Return the tokens of a model in their order."""
    for name in VOCABULARY_FILES:
        path = folder / name
        if not path.is_file():
            continue
        text = read_bytes(path, _MAX_VOCABULARY_BYTES).decode()
        # Other line ends than this one may be part of a token.
        tokens: Any = (
            strict_json.loads(text) if path.suffix == ".json" else text.split("\n")
        )
        if isinstance(tokens, list):
            return [str(token) for token in tokens]
    return []


def make_tokenizer(vocabulary: Sequence[str]) -> tokenizers.Tokenizer:
    """Return the tokenizer of a Whisper model; raise DamagedModelError if it is none.

    It is the one that is published with the model.
    """
    if _END not in vocabulary or _LAST_SPECIAL not in vocabulary:
        msg = "its vocabulary is not that of Whisper"
        raise DamagedModelError(msg)
    end = vocabulary.index(_END)
    special = vocabulary[end : vocabulary.index(_LAST_SPECIAL) + 1]
    text = {token: number for number, token in enumerate(vocabulary[:end])}
    tokenizer = tokenizers.Tokenizer(
        models.BPE(vocab=text, merges=list(_merges(vocabulary[:end], text)))
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True) for one in special])
    return tokenizer


def _merges(tokens: Sequence[str], ranks: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Yield the two tokens that each token was joined from."""
    none = len(tokens)
    for rank, token in enumerate(tokens):
        parts = list(token)
        while len(parts) > 2:  # noqa: PLR2004 - two are what is looked for
            joined = [parts[n] + parts[n + 1] for n in range(len(parts) - 1)]
            best = min(range(len(joined)), key=lambda n: ranks.get(joined[n], none))
            if ranks.get(joined[best], none) >= rank:
                break
            parts[best : best + 2] = [joined[best]]
        if len(parts) == 2 and all(part in ranks for part in parts):  # noqa: PLR2004 - as above
            yield parts[0], parts[1]

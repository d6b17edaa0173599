"""Make a small model to start from out of a published Whisper model.

The encoder stays as it is. The decoder loses layers and all tokens that household
commands do not need, which is most of its size.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jax.numpy as jnp
import tokenizers

from training import packed
from training.packed import Packed
from training.texts import TRAINING_MIX, Split, TextSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from training.model import Params, Shape

LAYERS: Final = (0, 1, 3)
"""The decoder layers that are kept."""
_BYTES: Final = 256
_COMMON: Final = 2_000
"""The first tokens of the vocabulary are the most frequent ones."""
_SENTENCES: Final = 30_000
_WORD: Final = re.compile(r"Ġ?[a-z']+")
_OTHER_NAMES: Final = {"<|nospeech|>": "<|nocaptions|>"}


def shrink(
    source: Packed, like: Packed, layers: Sequence[int], language: str
) -> tuple[Shape, Params, Packed]:
    """Return the shape, the weights and the other files of a smaller model.

    ``like`` has the special tokens.
    """
    theirs = json.loads(source.files["tokenizer.json"])
    ours, places = _vocabulary(theirs, like, language)
    shape, params = source.weights(0)
    small = {
        name: value
        for name, value in params.items()
        if not re.match(r"decoder\.\d", name)
    }
    for number, layer in enumerate(layers):
        for name, value in params.items():
            if name.startswith(f"decoder.{layer}."):
                small[name.replace(f".{layer}.", f".{number}.", 1)] = value
    small["decoder.embedding"] = params["decoder.embedding"][jnp.asarray(places)]
    shape = replace(shape, decoder_layers=len(layers), vocabulary=len(places))
    return shape, small, ours


def _vocabulary(
    theirs: Mapping[str, Any], like: Packed, language: str
) -> tuple[Packed, list[int]]:
    """Return the files of a smaller vocabulary, and the old numbers of its tokens."""
    known: dict[str, int] = theirs["model"]["vocab"]
    pairs = [
        tuple(pair.split(" ") if isinstance(pair, str) else pair)
        for pair in theirs["model"]["merges"]
    ]
    kept = _closed(_needed(theirs, language), pairs)
    texts = sorted(kept, key=known.__getitem__)
    tokenizer = json.loads(like.files["tokenizer.json"])
    removed = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"] = {text: n for n, text in enumerate(texts)}
    tokenizer["model"]["merges"] = [
        list(pair) for pair in pairs if kept.issuperset({*pair, "".join(pair)})
    ]
    special = {token["content"]: token["id"] for token in theirs["added_tokens"]}
    places = [known[text] for text in texts]
    first_time = special["<|notimestamps|>"] + 1
    for token in tokenizer["added_tokens"]:
        name = token["content"]
        old = token["id"]
        token["id"] = old - removed + len(texts)
        if re.fullmatch(r"<\|\d+\.\d\d\|>", name):
            places.append(first_time + round(float(name[2:-2]) * 50))
        else:
            other = _OTHER_NAMES.get(name, name)
            places.append(special[name] if name in special else special[other])
    files = dict(like.files)
    files["tokenizer.json"] = json.dumps(tokenizer, ensure_ascii=False).encode()
    names = [*texts, *(token["content"] for token in tokenizer["added_tokens"])]
    files["vocabulary.json"] = json.dumps(names, ensure_ascii=False).encode()
    config = json.loads(files["config.json"])
    shift = len(texts) - removed
    config["lang_ids"] = [number + shift for number in config["lang_ids"]]
    config["suppress_ids_begin"] = [texts.index("Ġ")]
    files["config.json"] = json.dumps(config).encode()
    return Packed(files), places


def _needed(theirs: Mapping[str, Any], language: str) -> set[str]:
    """Return the tokens of the language's sentences, and the most frequent words."""
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(theirs))
    known: dict[str, int] = theirs["model"]["vocab"]
    needed = {
        text
        for text, number in known.items()
        if number < _BYTES or (number < _COMMON and _WORD.fullmatch(text))
    }
    source = TextSource(language, 1)
    for text in source.mixture(TRAINING_MIX, Split.TRAINING, _SENTENCES):
        line = tokenizer.encode(f" {text.words}", add_special_tokens=False)
        needed.update(line.tokens)
    return needed


def _closed(needed: Iterable[str], pairs: Sequence[tuple[str, ...]]) -> set[str]:
    """Return the tokens with all those that they are merged from."""
    parts = {"".join(pair): pair for pair in reversed(pairs)}
    kept: set[str] = set()
    waiting = list(needed)
    while waiting:
        text = waiting.pop()
        if text not in kept:
            kept.add(text)
            waiting += parts.get(text, ())
    return kept


def as_packed(source: Packed, like: Packed, language: str) -> Packed:
    """Return the files of a smaller model."""
    shape, params, files = shrink(source, like, LAYERS, language)
    with tempfile.TemporaryDirectory() as folder:
        packed.export(params, shape, files, Path(folder))
        return Packed.read(Path(folder))

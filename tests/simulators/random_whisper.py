"""Whisper models with random weights: real in size and speed, meaningless in text.

Tests must not download real weights. These models have the layout, the vocabulary size
and the special tokens of the multilingual originals. Random weights never end a text;
a model with a script returns that text for any sound and then stops, as a real one
does after a command.

    python -m tests.simulators.random_whisper tiny FOLDER --script lightsoutnow
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import tokenizers
from ctranslate2 import specs
from numpy.typing import NDArray
from tokenizers import AddedToken, decoders, models, pre_tokenizers

SOURCE_POSITIONS: Final = 1_500
TARGET_POSITIONS: Final = 448
TEXT_TOKENS: Final = 50_257
TIMESTAMPS: Final = 1_501
SCRIPT_START: Final = 3
"""The place after start, language and task."""
SCRIPT_STRENGTH: Final = 400.0
SCRIPT_WEIGHT: Final = 2.0
# In the order of the originals, which is not alphabetical.
LANGUAGES: Final = (
    *("en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl"),
    *("ar", "sv", "it", "id", "hi", "fi", "vi", "he", "uk", "el", "ms", "cs", "ro"),
    *("da", "hu", "ta", "no", "th", "ur", "hr", "bg", "lt", "la", "mi", "ml", "cy"),
    *("sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn", "et", "mk", "br", "eu"),
    *("is", "hy", "ne", "mn", "bs", "kk", "sq", "sw", "gl", "mr", "pa", "si", "km"),
    *("sn", "yo", "so", "af", "oc", "ka", "be", "tg", "sd", "gu", "am", "yi", "lo"),
    *("uz", "fo", "ht", "ps", "tk", "nn", "mt", "sa", "lb", "my", "bo", "tl", "mg"),
    *("as", "tt", "haw", "ln", "ha", "ba", "jw", "su"),
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """The dimensions of a model."""

    width: int
    layers: int
    heads: int
    mels: int = 80


SIZES: Final = {
    "toy": Size(width=32, layers=1, heads=2),
    "tiny": Size(width=384, layers=4, heads=6),
    "base": Size(width=512, layers=6, heads=8),
    "small": Size(width=768, layers=12, heads=12),
}


def special_tokens() -> list[str]:
    """Return the special tokens that follow the text tokens."""
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{language}|>" for language in LANGUAGES),
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
        *(f"<|{0.02 * number:.2f}|>" for number in range(TIMESTAMPS)),
    ]


def make(
    folder: Path,
    size: str = "toy",
    seed: int = 0,
    script: str | None = None,
    quantization: str = "int8",
) -> Path:
    """Write a model to a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _text_tokens()
    vocabulary = [*tokens, *special_tokens()]
    spec = _spec(SIZES[size], len(vocabulary), np.random.default_rng(seed))
    if script is not None:
        _follow(spec.decoder, [tokens.index(letter) for letter in _spelled(script)])
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [220, TEXT_TOKENS]
    first = vocabulary.index("<|en|>")
    spec.config.lang_ids = list(range(first, first + len(LANGUAGES)))
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    config = {"feature_size": SIZES[size].mels, "sampling_rate": 16_000}
    config |= {"hop_length": 160, "n_fft": 400, "chunk_length": 30}
    (folder / "preprocessor_config.json").write_text(json.dumps(config))
    return folder


def _text_tokens() -> list[str]:
    """Return text tokens: every byte, and enough that are never used.

    The last one is empty, as in the originals: CTranslate2 treats a model without such
    a token as English-only.
    """
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    fillers = (f"filler{n}" for n in range(TEXT_TOKENS - len(letters) - 1))
    return [*letters, *fillers, ""]


def _tokenizer(tokens: list[str]) -> tokenizers.Tokenizer:
    """Return a tokenizer that encodes every text as bytes."""
    tokenizer = tokenizers.Tokenizer(
        models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True) for t in special_tokens()]
    )
    return tokenizer


def _spec(size: Size, vocabulary: int, random: np.random.Generator) -> Any:
    """Return a specification with all weights set."""
    spec = specs.WhisperSpec(size.layers, size.heads, size.layers, size.heads)
    width = size.width
    _fill(spec.encoder.conv1, random, (width, size.mels, 3))
    _fill(spec.encoder.conv2, random, (width, width, 3))
    for half, positions in (
        (spec.encoder, SOURCE_POSITIONS),
        (spec.decoder, TARGET_POSITIONS),
    ):
        half.position_encodings.encodings = _weights(random, (positions, width))
        _norm(half.layer_norm, width)
        for layer in half.layer:
            _attention(layer.self_attention, random, width, (3, 1))
            if half is spec.decoder:
                _attention(layer.attention, random, width, (1, 2, 1))
            _norm(layer.ffn.layer_norm, width)
            _fill(layer.ffn.linear_0, random, (4 * width, width))
            _fill(layer.ffn.linear_1, random, (width, 4 * width))
    spec.decoder.embeddings.weight = _weights(random, (vocabulary, width))
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    return spec


def _spelled(text: str) -> str:
    """Return a text in the characters that represent its bytes."""
    speller = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return "".join(piece for piece, _ in speller.pre_tokenize_str(text))


def _follow(decoder: Any, script: list[int]) -> None:
    """Make the next token depend on the position in the text, not on the sound."""
    places = decoder.position_encodings.encodings
    projection = decoder.projection.weight.copy()
    ahead = script + [TEXT_TOKENS] * (TARGET_POSITIONS - SCRIPT_START - len(script))
    directions: dict[int, NDArray[np.float32]] = {}
    random = np.random.default_rng(1)
    for place, token in enumerate(ahead, start=SCRIPT_START):
        if token not in directions:
            direction = random.normal(0, 1, places.shape[1]).astype(np.float32)
            directions[token] = direction / np.linalg.norm(direction)
            projection[token] = directions[token] * SCRIPT_WEIGHT
        places[place] = directions[token] * SCRIPT_STRENGTH
    decoder.projection.weight = projection


def _attention(
    layer: Any, random: np.random.Generator, width: int, parts: tuple[int, ...]
) -> None:
    """Set the weights of one attention layer."""
    _norm(layer.layer_norm, width)
    for linear, times in zip(layer.linear, parts, strict=True):
        _fill(linear, random, (times * width, width))


def _fill(layer: Any, random: np.random.Generator, shape: tuple[int, ...]) -> None:
    """Set a weight and a bias."""
    layer.weight = _weights(random, shape)
    layer.bias = np.zeros(shape[0], np.float32)


def _norm(layer: Any, width: int) -> None:
    """Set a layer norm to the identity."""
    layer.gamma = np.ones(width, np.float32)
    layer.beta = np.zeros(width, np.float32)


def _weights(
    random: np.random.Generator, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return weights that preserve the signal's magnitude."""
    fan_in = int(np.prod(shape[1:]))
    return random.normal(0.0, fan_in**-0.5, shape).astype(np.float32)


def main() -> int:
    """Write the model specified on the command line."""
    parser = argparse.ArgumentParser(description="A Whisper model of random weights.")
    parser.add_argument("size", choices=list(SIZES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--script", help="what the model shall write")
    options = parser.parse_args()
    make(options.folder, options.size, script=options.script)
    sys.stdout.write(f"{options.folder} ({ctranslate2.__version__})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

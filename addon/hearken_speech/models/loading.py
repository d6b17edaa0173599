"""Load models into memory, from a folder or a zip file."""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import tokenizers

from hearken_speech.errors import ModelError
from hearken_speech.stt.model import LoadedModel, ModelTraits
from hearken_speech.stt.tokens import WhisperTokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EMBEDDED_MODEL: Final = "hearken-commands-en"
"""The model that comes with Hearken."""

MODEL_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""Files that every model has, in addition to a vocabulary."""

TRAITS_FILE: Final = "hearken.json"
"""File in which a model declares its traits."""

_DEFAULT_MELS: Final = 80
_MAX_THREADS: Final = 4
"""More speed up one request little, and slow down everything else."""
_LARGEST_FILE_BYTES: Final = 8 << 30
_SMALL_VOCABULARY: Final = 10_000
_DOWNLOAD_AGAIN: Final = "Delete it and download it again"


def default_threads() -> int:
    """Return the default number of threads for one request."""
    return min(_MAX_THREADS, os.cpu_count() or 1)


def workers_for(threads: int) -> int:
    """Return how many requests to process at a time with this many threads each."""
    return max(1, (os.cpu_count() or 1) // threads)


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How to run a model."""

    threads: int = 1
    """Threads for one request."""
    workers: int = 1
    """Requests processed at the same time."""
    compute_type: str = "int8"
    """Half the memory of the float32 that a CPU makes of float16 files."""


def load_model(
    path: Path, options: LoadOptions | None = None, traits: ModelTraits | None = None
) -> LoadedModel:
    """Load a model from its folder or zip file."""
    options = options or LoadOptions()
    if path.is_dir():
        extra = _read_folder(path)
        vocabulary = _vocabulary_size(extra)
        weights = None
    elif path.is_file():
        weights = _read_zip(path)
        vocabulary = _vocabulary_size(weights)
        extra = {name: weights.pop(name, None) for name in _SIDE_FILES}
    else:
        msg = f'There is no model at "{path}".'
        raise ModelError(msg)
    name = path.stem if path.is_file() else path.name
    try:
        whisper = ctranslate2.models.Whisper(
            str(path),
            device="cpu",
            compute_type=options.compute_type,
            intra_threads=options.threads,
            inter_threads=options.workers,
            files=weights,
        )
        tokenizer = tokenizers.Tokenizer.from_buffer(extra["tokenizer.json"] or b"")
    except (RuntimeError, ValueError, MemoryError) as err:
        raise _damaged(name, err) from err
    except Exception as err:
        # The Rust code of tokenizers raises plain Exception for damaged files.
        raise _damaged(name, err) from err
    tokens = WhisperTokens(tokenizer, multilingual=whisper.is_multilingual)
    # CTranslate2 does not check this, and would crash on the first transcript.
    if vocabulary <= tokens.highest:
        raise _damaged(name, ValueError("its vocabulary is too short"))
    return LoadedModel(
        name=name,
        whisper=whisper,
        tokens=tokens,
        mel_bands=_mel_bands(whisper, extra["preprocessor_config.json"]),
        traits=traits or _traits(extra[TRAITS_FILE], tokenizer.get_vocab_size()),
    )


_VOCABULARY_FILES: Final = ("vocabulary.json", "vocabulary.txt")
_SIDE_FILES: Final = ("tokenizer.json", "preprocessor_config.json", TRAITS_FILE)


def _damaged(name: str, err: Exception) -> ModelError:
    """Return the error for a damaged model."""
    # The embedded model cannot be downloaded on its own.
    remedy = "Install Hearken again" if name == EMBEDDED_MODEL else _DOWNLOAD_AGAIN
    return ModelError(f'The model "{name}" is damaged or incomplete ({err}). {remedy}.')


def _read_folder(path: Path) -> dict[str, bytes | None]:
    """Return the small files of a model folder."""
    missing = [name for name in MODEL_FILES if not (path / name).is_file()]
    if missing:
        msg = (
            f'The model "{path.name}" is incomplete: {", ".join(missing)} missing. '
            f"{_DOWNLOAD_AGAIN}."
        )
        raise ModelError(msg)
    try:
        return {
            name: (path / name).read_bytes() if (path / name).is_file() else None
            for name in (*_SIDE_FILES, *_VOCABULARY_FILES)
        }
    except OSError as err:
        raise _damaged(path.name, err) from err


def _read_zip(path: Path) -> dict[str, Any]:
    """Return the files of a packed model."""
    try:
        with zipfile.ZipFile(path) as pack:
            if sum(info.file_size for info in pack.infolist()) > _LARGEST_FILE_BYTES:
                msg = f'The model "{path.stem}" is too large.'
                raise ModelError(msg)
            files = {name: pack.read(name) for name in pack.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as err:
        raise _damaged(path.stem, err) from err
    missing = [name for name in MODEL_FILES if name not in files]
    if missing:
        msg = f'The model "{path.stem}" is incomplete: {", ".join(missing)} missing.'
        raise ModelError(msg)
    return files


def _vocabulary_size(files: Mapping[str, bytes | None]) -> int:
    """Return the number of tokens in a model's vocabulary."""
    as_json, as_text = (files.get(name) for name in _VOCABULARY_FILES)
    try:
        tokens = json.loads(as_json) if as_json else (as_text or b"").splitlines()
    except ValueError:
        return 0
    return len(tokens) if isinstance(tokens, list) else 0


def _mel_bands(whisper: Any, preprocessor: bytes | None) -> int:
    """Return the number of mel bands the model expects."""
    bands = getattr(whisper, "n_mels", None)
    if isinstance(bands, int) and bands > 0:
        return bands
    config = _object(preprocessor)
    size = config.get("feature_size", _DEFAULT_MELS)
    return size if isinstance(size, int) else _DEFAULT_MELS


def _traits(declared: bytes | None, vocabulary_size: int) -> ModelTraits:
    """Return the traits that a model declares."""
    values = _object(declared)
    rate = values.get("tokens_per_second")
    if rate is None and vocabulary_size < _SMALL_VOCABULARY:
        rate = 12.0
    return ModelTraits(
        prompts=values.get("prompts") is not False,
        guard=str(values.get("guard", "whisper")),
        tokens_per_second=rate if _is_rate(rate) else None,
    )


def _is_rate(value: object) -> bool:
    """Return whether a value is a valid rate."""
    return isinstance(value, int | float) and 0 < value < math.inf


def _object(raw: bytes | None) -> dict[str, Any]:
    """Return the JSON object, an empty one if there is none."""
    try:
        value = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

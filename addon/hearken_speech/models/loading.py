"""Load models into memory, from a folder or a zip file."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from faster_whisper import WhisperModel

from hearken_speech import strict_json
from hearken_speech.errors import ModelError
from hearken_speech.json_file import read_bytes
from hearken_speech.models.errors import DamagedModelError
from hearken_speech.models.layout import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    VOCABULARY_FILES,
    WEIGHTS_FILE,
)
from hearken_speech.stt.model import LoadedModel, ModelTraits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

EMBEDDED_MODEL: Final = "hearken-commands-en"
"""The model that comes with Hearken."""

_NEEDED_FILES: Final = (WEIGHTS_FILE, CONFIG_FILE, TOKENIZER_FILE)
"""Files without which nothing is loaded; the vocabulary is checked by its size."""

TRAITS_FILE: Final = "hearken.json"
"""File in which a model declares its traits."""

_LARGEST_FILE_BYTES: Final = 8 << 30
_LARGEST_SMALL_FILE_BYTES: Final = 32 << 20
_SMALL_VOCABULARY: Final = 10_000


def available_cores() -> int:
    """Return the number of processor cores that this program may use."""
    return os.process_cpu_count() or 1


def workers_for(threads: int) -> int:
    """Return how many requests to process at a time with this many threads each."""
    return max(1, available_cores() // threads)


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How to run a model."""

    threads: int = 1
    """Threads for one request.

    A second one saves little time, costs a third more processor time, and halves how
    many requests can be served.
    """
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
        files = _read_folder(path)
    elif path.is_file():
        files = _read_zip(path)
    else:
        msg = f'There is no model at "{path}".'
        raise ModelError(msg)
    name = path.stem if path.is_file() else path.name
    declared = _object(files.pop(TRAITS_FILE, None))
    vocabulary = _vocabulary_size(files)
    try:
        model = LoadedModel(
            name=name,
            faster_whisper=WhisperModel(
                str(path),
                device="cpu",
                compute_type=options.compute_type,
                cpu_threads=options.threads,
                num_workers=options.workers,
                # It takes entries out of the mapping.
                files=None if path.is_dir() else dict(files),
            ),
            traits=traits or _traits(declared, vocabulary),
        )
        highest = _highest_token(model)
    except Exception as err:
        # The Rust code of tokenizers raises plain Exception for damaged files.
        raise _damaged(name, err) from err
    # CTranslate2 does not check this, and would crash on the first transcript.
    if vocabulary <= highest:
        raise _damaged(name, ValueError("its vocabulary is too short"))
    return model


def _highest_token(model: LoadedModel) -> int:
    """Return the highest token that a request may need."""
    codes = sorted(model.languages)
    prompts: list[int] = [
        token for code in codes for token in model.tokenizer(code).sot_sequence
    ]
    tokenizer = model.tokenizer("en")
    needed: list[int] = [
        *prompts,
        tokenizer.no_timestamps,
        tokenizer.eot,
        *model.suppressed,
    ]
    if None in needed:
        msg = "its tokenizer lacks tokens of Whisper"
        raise ValueError(msg)
    return max(needed)


def _damaged(name: str, err: Exception) -> DamagedModelError:
    """Return the error for a damaged model."""
    return DamagedModelError(f'The model "{name}" is damaged or incomplete ({err}).')


def _check_files(model: str, is_there: Callable[[str], bool]) -> None:
    """Raise DamagedModelError if a model lacks files."""
    if missing := [name for name in _NEEDED_FILES if not is_there(name)]:
        msg = f'The model "{model}" is incomplete: {", ".join(missing)} missing.'
        raise DamagedModelError(msg)


def _read_folder(path: Path) -> dict[str, bytes | None]:
    """Return the small files of a model folder that are read here."""
    _check_files(path.name, lambda name: (path / name).is_file())
    try:
        return {
            name: read_bytes(path / name, _LARGEST_SMALL_FILE_BYTES)
            if (path / name).is_file()
            else None
            for name in (TRAITS_FILE, *VOCABULARY_FILES)
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
    _check_files(path.stem, files.__contains__)
    return files


def _vocabulary_size(files: Mapping[str, bytes | None]) -> int:
    """Return the number of tokens in a model's vocabulary."""
    as_json, as_text = (files.get(name) for name in VOCABULARY_FILES)
    try:
        tokens = (
            strict_json.loads(as_json) if as_json else (as_text or b"").splitlines()
        )
    except ValueError:
        return 0
    return len(tokens) if isinstance(tokens, list) else 0


def _traits(declared: Mapping[str, Any], vocabulary_size: int) -> ModelTraits:
    """Return the traits that a model declares."""
    rate = declared.get("tokens_per_second")
    small = vocabulary_size < _SMALL_VOCABULARY
    if rate is None and small:
        rate = 12.0
    guard = declared.get("guard")
    return ModelTraits(
        guard=guard if isinstance(guard, str) else None,
        tokens_per_second=_positive(rate),
        window_seconds=_positive(declared.get("window_seconds")),
        judges_names=bool(declared.get("judges_names", not small)),
    )


def _positive(value: object) -> float | None:
    """Return a positive number, None if the value is something else."""
    if isinstance(value, int | float) and 0 < value < math.inf:
        return float(value)
    return None


def _object(raw: bytes | None) -> dict[str, Any]:
    """Return the JSON object, an empty one if there is none."""
    try:
        value = strict_json.loads(raw or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

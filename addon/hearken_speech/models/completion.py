"""Complete a user's model that has no tokenizer, without touching its folder."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError
from hearken_speech.models import tokenizer
from hearken_speech.models.layout import TOKENIZER_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGGER = logging.getLogger(__name__)

_FOLDER: Final = ".completed"
_DIGEST_LENGTH: Final = 16


def complete(path: Path, folder: Path) -> Path:
    """Return a folder of the same name with all files that a model needs.

    It is below ``folder``, and links to the files of the model; the tokenizer is made
    once for each vocabulary.
    """
    if (path / TOKENIZER_FILE).is_file():
        return path
    try:
        made = _tokenizer(tokenizer.read_vocabulary(path), folder / _FOLDER)
        return _linked(path, made, folder / _FOLDER)
    except ValueError as err:
        msg = f'The vocabulary of the model "{path.name}" cannot be read ({err}).'
        raise ModelError(msg) from err
    except OSError as err:
        msg = (
            f'The model "{path.name}" has no {TOKENIZER_FILE}, and one cannot be '
            f"stored in {folder} ({err.strerror or err})."
        )
        raise ModelError(msg) from err


def _tokenizer(vocabulary: Sequence[str], folder: Path) -> Path:
    """Return the file of the tokenizer for a vocabulary; make it if there is none."""
    digest = hashlib.sha256("\n".join(vocabulary).encode()).hexdigest()
    path = folder / f"tokenizer-{digest[:_DIGEST_LENGTH]}.json"
    if not path.is_file():
        made = tokenizer.make_tokenizer(vocabulary)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            new = Path(temporary) / path.name
            new.write_text(made.to_str(), encoding="utf-8")
            new.replace(path)
        _LOGGER.info("a tokenizer was made from the vocabulary; it is %s", path)
    return path


def _linked(path: Path, made: Path, folder: Path) -> Path:
    """Return a folder with links to the files of a model, and to its tokenizer."""
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()
    target = folder / place[:_DIGEST_LENGTH] / path.name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in (*path.iterdir(), made):
        name = TOKENIZER_FILE if file is made else file.name
        (target / name).symlink_to(file.resolve())
    return target

"""Which speech models there are, and how a name becomes a loaded one."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import ModelError

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

AUTO: Final = "auto"
"""Let Hearken choose."""
EMBEDDED: Final = "hearken-commands-en"
"""The model that comes with Hearken and needs no download."""

# Conversions to 8-bit weights, a quarter of the download of the originals.
_HUB_NAMES: Final = {
    f"{size}-int8": f"rhasspy/faster-whisper-{size}-int8"
    for size in ("tiny", "base", "small", "medium")
}
# faster-whisper skips a passage only when it is improbable, too; the embedded
# model is made so that this probability alone tells.
_EMBEDDED_NO_SPEECH: Final = 0.5
_WHISPER_NO_SPEECH: Final = 0.6


@dataclass(frozen=True)
class SpeechModel:
    """A loaded speech model."""

    name: str
    whisper: WhisperModel
    languages: tuple[str, ...]
    no_speech_threshold: float
    """No-speech probability above which a recording holds no words."""


def load(name: str, folder: Path, threads: int) -> SpeechModel:
    """Load a model: ``auto``, a folder, or a name of the hub.

    The hub's models are downloaded into ``folder`` once. Takes seconds to minutes;
    raises ModelError with a reason that a person can act on.
    """
    if name in {"", AUTO, EMBEDDED}:
        return _load_embedded(threads)
    if "/" in name or Path(name).is_dir():
        return _load_folder(Path(name), threads)
    return _load_from_hub(name, folder, threads)


def _load_embedded(threads: int) -> SpeechModel:
    pack = resources.files("hearken_speech") / "models" / f"{EMBEDDED}.zip"
    try:
        with pack.open("rb") as file, zipfile.ZipFile(file) as archive:
            # testzip compares checksums: a damaged model must not load half.
            files = {member: archive.read(member) for member in archive.namelist()}
    except (OSError, zipfile.BadZipFile, zlib.error) as err:
        msg = f"the embedded speech model is damaged ({err}); install Hearken again"
        raise ModelError(msg) from err
    from faster_whisper import WhisperModel  # noqa: PLC0415 - slow to import

    whisper = WhisperModel(
        EMBEDDED,
        files=files,
        device="cpu",
        compute_type="int8",
        cpu_threads=threads,
    )
    return SpeechModel(EMBEDDED, whisper, ("en",), _EMBEDDED_NO_SPEECH)


def _load_folder(folder: Path, threads: int) -> SpeechModel:
    missing = [
        file
        for file in ("model.bin", "config.json", "tokenizer.json")
        if not (folder / file).is_file()
    ]
    if missing:
        msg = f"{folder} is not a speech model: {', '.join(missing)} is missing"
        raise ModelError(msg)
    return _load_whisper(str(folder), folder.name, threads, None)


def _load_from_hub(name: str, folder: Path, threads: int) -> SpeechModel:
    return _load_whisper(_HUB_NAMES.get(name, name), name, threads, folder)


def _load_whisper(
    source: str, name: str, threads: int, download: Path | None
) -> SpeechModel:
    from faster_whisper import WhisperModel  # noqa: PLC0415 - slow to import

    try:
        whisper = WhisperModel(
            source,
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            download_root=None if download is None else str(download),
        )
        languages = tuple(whisper.supported_languages)
    # CTranslate2, the tokenizer and the hub client share no error class; whatever
    # they raise means that this model is not to be had.
    except Exception as err:
        where = "the model hub" if download is not None else source
        msg = f"speech model {name!r} cannot be loaded from {where}: {_short(err)}"
        raise ModelError(msg) from err
    embedded = source.rstrip("/").endswith(EMBEDDED)
    threshold = _EMBEDDED_NO_SPEECH if embedded else _WHISPER_NO_SPEECH
    return SpeechModel(name, whisper, languages, threshold)


def _short(err: Exception) -> str:
    """Return the first line of an error, or its kind where it has no text."""
    lines = str(err).strip().splitlines()
    return lines[0][:300] if lines else type(err).__name__

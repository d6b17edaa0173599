"""Gather hours of sound without a wake word, as embeddings.

    PYTHONPATH=scripts:addon:. .venv/bin/python -m training.hours [choose judge]

Every source is read once, and kept outside the repository. ``about.json`` there says
where each comes from, its license, and how long it is. Packages come from Debian's
archive and are unpacked without being installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.common.tools import TOOLS
from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making import bank
from hearken_speech.wake.making.embedding import ClipEmbedder
from training.hour_sources import SOURCES, Part
from training.wake import clips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hearken_speech.audio.format import Samples
    from hearken_speech.wake.making.embedding import Embeddings
    from training.hour_sources import Source

FOLDER: Final = TOOLS / "hours"
ABOUT: Final = "about.json"

_PIECE_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
_SHORTEST_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
_GAP_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_PIECES_AT_ONCE: Final = 64


def main() -> int:
    """Gather what is missing, and print what there is."""
    parser = argparse.ArgumentParser("training.hours", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(Part))
    parser.add_argument("--output", type=Path, default=FOLDER)
    options = parser.parse_args()
    wanted = set(options.parts or Part)
    for source in SOURCES:
        path = options.output / source.part / f"{source.name}.npz"
        if source.part in wanted and not path.is_file():
            found = gather(path, _recorded(source, options.output))
            _note(options.output, source, found)
    notes = json.loads((options.output / ABOUT).read_text("utf-8"))
    for part, sources in notes.items():
        total = sum(one["hours"] for one in sources.values())
        print(f"{part}: {total:.2f} h of {', '.join(sources)}")
    return 0


def load(part: Part, folder: Path = FOLDER) -> Iterator[tuple[str, list[Embeddings]]]:
    """Yield the sources of a part that were gathered."""
    for path in sorted((folder / part).glob("*.npz")):
        yield path.stem, clips.load(path)


def sounds(name: str, folder: Path = FOLDER) -> Iterator[Samples]:
    """Yield the pieces of a source, as they were when it was gathered."""
    (source,) = (one for one in SOURCES if one.name == name)
    return _recorded(source, folder)


def gather(path: Path, pieces: Iterable[Samples]) -> float:
    """Write the embeddings of sounds to a file; return their hours."""
    embedder = ClipEmbedder()
    found: list[Embeddings] = []
    waiting: list[Samples] = []
    for piece in pieces:
        waiting.append(piece)
        if len(waiting) >= _PIECES_AT_ONCE:
            found += embedder.embed(waiting)
            waiting = []
    found += embedder.embed(waiting)
    clips.save(path, found)
    hours = sum(map(len, found)) * bank.STEP_SECONDS / 3600
    print(f"{path}: {hours:.2f} h", flush=True)
    return round(hours, 3)


def _recorded(source: Source, folder: Path) -> Iterator[Samples]:
    """Yield the pieces of a package."""
    return _pieces(source.read(unpack(source.package, folder)))


def _pieces(sounds: Iterable[Samples]) -> Iterator[Samples]:
    """Yield pieces of some length: short sounds one after another, long ones cut."""
    joined: list[Samples] = []
    count = 0
    for one in sounds:
        if len(one) == 0:
            continue
        gap = np.zeros(_GAP_SAMPLES, np.int16)
        joined += [one, gap]
        count += len(one) + len(gap)
        while count >= _PIECE_SAMPLES:
            whole = np.concatenate(joined)
            yield whole[:_PIECE_SAMPLES]
            joined, count = [whole[_PIECE_SAMPLES:]], count - _PIECE_SAMPLES
    if count >= _SHORTEST_SAMPLES:
        yield np.concatenate(joined)


def unpack(package: str, folder: Path) -> Path:
    """Return the folder of an unpacked package of Debian, downloaded if needed."""
    target = folder.absolute() / "packages" / package
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", "--quiet", package, folder=target.parent)
        (archive,) = target.parent.glob(f"{package}_*.deb")
        _run("dpkg", "-x", str(archive), str(target), folder=target.parent)
        archive.unlink()
    return target


def _run(*command: str, folder: Path) -> None:
    """Run a program of Debian."""
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)


def _note(folder: Path, source: Source, found_hours: float) -> None:
    """Write down where a source comes from."""
    path = folder / ABOUT
    notes = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    notes.setdefault(source.part.value, {})[source.name] = {
        "package": source.package,
        "what": source.what,
        "license": source.license,
        "hours": found_hours,
    }
    path.write_text(json.dumps(notes, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())

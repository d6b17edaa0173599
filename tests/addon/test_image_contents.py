"""Test what is in the image, and why."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

import pytest

from .paths import ADDON
from .test_requirements import SERVER

MAX_MEGABYTES: Final = 260
SLIM: Final = ADDON / "slim"
SPEECH: Final = "runs speech models"
MODELS: Final = "the names and files of the model hub, for faster-whisper"
CONTROL: Final = "the control API"
WHY: Final = {
    "aiohappyeyeballs": CONTROL,
    "aiohttp": CONTROL,
    "aiosignal": CONTROL,
    "anyio": MODELS,
    "attrs": CONTROL,
    "click": MODELS,
    "colorama": "only on Windows",
    "ctranslate2": SPEECH,
    "faster-whisper": SPEECH,
    "filelock": MODELS,
    "flatbuffers": "onnxruntime",
    "frozenlist": CONTROL,
    "fsspec": MODELS,
    "h11": MODELS,
    "httpcore2": MODELS,
    "httpx2": MODELS,
    "httpx2-jsfetch": "only in a browser",
    "huggingface-hub": MODELS,
    "idna": CONTROL,
    "ifaddr": "the addresses to announce",
    "multidict": CONTROL,
    "numpy": "audio",
    "onnxruntime": "wake words and voice activity",
    "opencc": "Chinese in the script of the house",
    "openwakeword": "wake words and their networks",
    "packaging": "onnxruntime and the model hub",
    "propcache": CONTROL,
    "protobuf": "onnxruntime",
    "pyopen-wakeword": "a wake word, and the runtime for the owner's .tflite files",
    "pyyaml": MODELS,
    "soxr": "audio of any rate",
    "tokenizers": SPEECH,
    "tqdm": MODELS,
    "truststore": MODELS,
    "typing-extensions": "several of these",
    "voluptuous": "checks requests",
    "wyoming": "the protocol",
    "yarl": CONTROL,
    "zeroconf": "announces the server on the network",
}


def _locked() -> list[str]:
    """Return the names of the packages in the image."""
    text = (ADDON / "requirements.txt").read_text()
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def test_every_package_has_a_reason() -> None:
    """Nothing is in the image without somebody having said what for."""
    assert set(_locked()) == WHY.keys()


@pytest.fixture(name="packages", scope="module")
def packages_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of the image, made slim."""
    folder = tmp_path_factory.mktemp("packages")
    for name in _locked():
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # for another system
        for file in files:
            source, target = Path(str(file.locate())), folder / file
            if ".." in file.parts or "__pycache__" in file.parts:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:
                shutil.copy(source, target)
    subprocess.run([sys.executable, SLIM, folder], check=True, timeout=60)
    return folder


def test_the_image_has_a_size(packages: Path) -> None:
    """The packages stay small; who adds a large one has to raise the limit."""
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    assert size / 1e6 < MAX_MEGABYTES


def test_the_server_works_with_what_is_left(packages: Path) -> None:
    """Speech and wake word models load, with nothing else on the path."""
    result = subprocess.run(
        [
            *(sys.executable, "-S", "-c", SERVER),
            *(",".join([*_locked(), "hearken-speech"]),),
            str(ADDON / "hearken_speech" / "models" / "hearken-commands-en.zip"),
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ADDON}"},
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "hearken-commands-en"


def test_what_is_removed_has_a_reason() -> None:
    """Each entry says why it can go."""
    slim: dict[str, Any] = runpy.run_path(str(SLIM))
    for entries in (slim["REMOVED"], slim["STRIPPED"]):
        assert all(len(reason) > 4 for reason in entries.values())

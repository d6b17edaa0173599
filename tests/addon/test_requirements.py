"""Test that app and satellite run with only the packages that are locked for them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from .paths import ADDON

# Hides every distribution that is not locked.
HIDDEN: Final = """
import sys
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path

locked = set(sys.argv[1].split(","))
hidden = {
    name
    for name, owners in packages_distributions().items()
    if not {owner.lower().replace("_", "-") for owner in owners} & locked
}

class Image(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            return None
        return super().find_spec(name, path, target)

sys.meta_path[:] = [Image if each is PathFinder else each for each in sys.meta_path]

"""
SERVER: Final = f"""{HIDDEN}
from hearken_speech import cli
from hearken_speech.satellite import program
from hearken_speech.server import app
from hearken_speech.models import load_model
from hearken_speech.wake import __main__ as wake_words

assert wake_words.main() == 0
print(load_model(Path(sys.argv[2])).name)
"""


SATELLITE: Final = f"""{HIDDEN}
from hearken_speech.satellite import cli
from hearken_speech.satellite.detector import WakeDetector
from hearken_speech.satellite.devices.portaudio import portaudio
from hearken_speech.wake.settings import WordSettings
import pulsectl

portaudio()
print(WakeDetector.make(Path(sys.argv[2]), [], WordSettings()).words[0])
"""


def test_the_server_works_with_its_own_requirements() -> None:
    """Speech and wake word models load with only the locked packages."""
    model = ADDON / "hearken_speech" / "models" / "hearken-commands-en.zip"
    assert _run(SERVER, "requirements.txt", model) == "hearken-commands-en"


def test_the_satellite_works_with_its_own_requirements(tmp_path: Path) -> None:
    """Sound devices and wake words load with only the locked packages."""
    assert _run(SATELLITE, "requirements-satellite.txt", tmp_path) == "hey_jarvis"


def _run(program: str, requirements: str, argument: Path) -> str:
    """Run a program with only these requirements; return its last line."""
    text = (ADDON / requirements).read_text()
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    result = subprocess.run(
        [
            *(sys.executable, "-c", program, ",".join({*locked, "hearken-speech"})),
            str(argument),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1]

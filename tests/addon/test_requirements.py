"""Test that the app runs with only the packages of its image."""

import re
import subprocess
import sys
from typing import Final

from .paths import ADDON

# Runs the server's parts with every distribution hidden that is not in the image.
PROGRAM: Final = """
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

from hearken_speech import cli
from hearken_speech.satellite import program
from hearken_speech.server import app
from hearken_speech.models import load_model
from hearken_speech.wake import __main__ as wake_words

assert wake_words.main() == 0
print(load_model(Path(sys.argv[2])).name)
"""


def test_the_server_works_with_its_own_requirements() -> None:
    """Speech and wake word models load with only the locked packages."""
    text = (ADDON / "requirements.txt").read_text()
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    result = subprocess.run(
        [
            *(sys.executable, "-c", PROGRAM, ",".join({*locked, "hearken-speech"})),
            str(ADDON / "hearken_speech" / "models" / "hearken-commands-en.zip"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "hearken-commands-en"

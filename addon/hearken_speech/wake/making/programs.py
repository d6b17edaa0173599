"""Runs the programs that speak."""

from __future__ import annotations

import subprocess
from typing import Final

from hearken_speech.errors import SynthesisError

ESPEAK: Final = "espeak-ng"
FLITE: Final = "flite"
_LIMIT_SECONDS: Final = 20.0


def output_of(*command: str) -> str:
    """Run a program and return what it prints; raise SynthesisError if it fails."""
    try:
        return subprocess.run(  # noqa: S603 - one of the two above
            command, check=True, capture_output=True, text=True, timeout=_LIMIT_SECONDS
        ).stdout
    except (OSError, subprocess.SubprocessError) as err:
        msg = f"{command[0]}: {err}"
        raise SynthesisError(msg) from err

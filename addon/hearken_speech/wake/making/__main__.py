"""Make a wake word in a process of its own, behind everything else that runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .cli import run

_NICENESS = 15

if __name__ == "__main__":
    os.nice(_NICENESS)
    sys.exit(run(sys.argv[1:], Path()))

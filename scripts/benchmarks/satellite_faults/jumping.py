"""A satellite whose wall clock can be set: the file that is named first has the shift.

The clock of the machine is everybody's, so only this program sees another time.
"""

import contextlib
import sys
import time
from pathlib import Path

_real = time.time
_file = Path(sys.argv.pop(1))


def _shifted() -> float:
    """Return the time of a clock that somebody has set."""
    with contextlib.suppress(OSError, ValueError):
        return _real() + float(_file.read_text())
    return _real()


if __name__ == "__main__":
    time.time = _shifted
    from hearken_speech.cli import satellite

    sys.exit(satellite())

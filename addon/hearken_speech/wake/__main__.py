"""List the wake words of this installation.

::

    python -m hearken_speech.wake [FOLDER]

Fails if a word that comes with Hearken cannot be used, so that an image with the
wrong packages cannot be built.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .catalogue import WakeCatalogue, WordSource
from .errors import WakeModelError
from .features import FeatureBank
from .heads import load_head

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] = ()) -> int:
    """List the words and try those that come with Hearken."""
    catalogue = WakeCatalogue(Path(arguments[0]) if arguments else None)
    catalogue.refresh()
    failed = False
    try:
        FeatureBank()
    except WakeModelError as err:
        failed = True
        sys.stdout.write(f"The speech embedding cannot be used: {err}\n")
    for word in catalogue.words():
        problem = word.problem
        if word.source is WordSource.INCLUDED and problem is None and word.path:
            try:
                load_head(word.path)
            except WakeModelError as err:
                problem = str(err)
        failed |= word.source is WordSource.INCLUDED and problem is not None
        state = problem or f"{word.phrase}, {word.licence or 'licence unknown'}"
        sys.stdout.write(f"{word.id:24} {state}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

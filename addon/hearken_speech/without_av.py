"""Let faster-whisper be imported without PyAV, which decodes files and takes 127 MB.

The server gets samples, and nothing that it calls uses PyAV; the image does without.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType


def stand_in() -> None:
    """Put an empty module in the place of PyAV, if that is not installed."""
    if "av" not in sys.modules and find_spec("av") is None:
        sys.modules["av"] = ModuleType("av")

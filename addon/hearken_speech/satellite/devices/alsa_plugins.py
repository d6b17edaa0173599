"""The plugins of ALSA, without those that load the libraries of video encoders.

PortAudio looks at every PCM that ALSA could open, and so loads every plugin: 13 MB, for
surround sound over digital cables and for JACK.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

VARIABLE: Final = "ALSA_PLUGIN_DIR"
_LEFT_OUT: Final = ("a52", "jack", "lavrate")
_USUAL: Final = Path(f"/usr/lib/{platform.machine()}-linux-gnu/alsa-lib")


def leave_out(folder: Path = _USUAL) -> TemporaryDirectory[str] | None:
    """Let ALSA see the other plugins only; the folder with these has to be kept.

    Whoever sets the variable wants other plugins.
    """
    if VARIABLE in os.environ or not folder.is_dir():
        return None
    try:
        kept = TemporaryDirectory(prefix="hearken-alsa-")
    except OSError:
        return None
    for plugin in folder.iterdir():
        if not any(f"_{name}" in plugin.name for name in _LEFT_OUT):
            Path(kept.name, plugin.name).symlink_to(plugin)
    os.environ[VARIABLE] = kept.name
    return kept

"""Programs and folders shared by all checkouts on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

TOOLS: Final = (
    Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    / "hearken-dev"
)


def uv_program() -> str:
    """Return the uv that scripts/setup uses."""
    private = TOOLS / "uv" / "bin" / "uv"
    return str(private) if private.exists() else "uv"

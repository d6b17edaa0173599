"""Run the parts of a measurement; one that fails does not stop the others."""

from __future__ import annotations

import json
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def run(
    parts: Mapping[str, Callable[[], Any]],
    target: Path | None = None,
    about: Mapping[str, Any] | None = None,
) -> int:
    """Run all parts and return 1 if one has failed, else 0.

    Whatever they return is written to the target as JSON, anew after each part.
    """
    figures: dict[str, Any] = dict(about or {})
    failed = []
    for name, part in parts.items():
        began = time.monotonic()
        try:
            figures[name] = part()
        except Exception:  # noqa: BLE001 - a part may fail in any way
            traceback.print_exc()
            failed.append(name)
        _tell(f"{name}: {time.monotonic() - began:.0f} s")
        if target is not None:
            target.write_text(json.dumps(figures, indent=2) + "\n")
    if failed:
        _tell(f"failed: {', '.join(failed)}")
    return int(bool(failed))


def _tell(text: str) -> None:
    """Report progress beside the tables."""
    print(text, file=sys.stderr, flush=True)

"""What a program holds: memory, threads, and open files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import override


@dataclass(frozen=True)
class Needs:
    """Resident memory in MB, threads, and open files."""

    memory_mb: float
    own_mb: float
    """The part that is no page of a file: what a program can leak."""
    threads: int
    files: int

    @staticmethod
    def of(pid: int) -> Needs:
        """Look at a process."""
        process = Path(f"/proc/{pid}")
        lines = (process / "status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return Needs(
            memory_mb=_mb(status["VmRSS"]),
            own_mb=_mb(status["RssAnon"]),
            threads=int(status["Threads"]),
            files=len(list((process / "fd").iterdir())),
        )

    @override
    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.memory_mb:.1f} MB ({self.own_mb:.1f} MB its own), "
            f"{self.threads} threads, {self.files} files"
        )


def _mb(text: str) -> float:
    """Return kilobytes as megabytes."""
    return round(int(text.split(maxsplit=1)[0]) / 1024, 2)

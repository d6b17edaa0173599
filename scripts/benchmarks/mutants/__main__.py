"""Plant small faults in core modules, and count those that their tests notice."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.mutants.faults import Fault, find, plant
from benchmarks.mutants.trial import Result, Trial, prepare
from benchmarks.stt.table import Table, percent

_ROOT: Final = Path(__file__).parents[3]
_FOLDERS: Final = (_ROOT / "addon", _ROOT)
_PATIENCE: Final = 5.0
"""How many times as long as usual the tests may take."""
_LEAST_SECONDS: Final = 20.0


@dataclass(frozen=True)
class _Module:
    """A core module."""

    trial: Trial
    explained: frozenset[tuple[str, str]]
    """Lines and faults in them that nobody could notice."""

    @property
    def source(self) -> str:
        """Return its source."""
        return self.trial.path.read_text("utf-8")

    def explains(self, fault: Fault) -> bool:
        """Return whether nobody could notice a fault."""
        line = self.source.splitlines()[fault.line - 1].strip()
        return (line, str(fault)) in self.explained


def main() -> int:
    """Plant faults, print tables, and optionally write the figures as JSON."""
    parser = argparse.ArgumentParser("scripts/bench mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="ends of modules' names; else all")
    parser.add_argument("--count", type=int, default=30, help="faults in each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="five in each module")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    prepare()
    count = 5 if options.quick else options.count
    table = Table(
        "modules",
        f"Faults planted, seed {options.seed}",
        ("module", "planted", *Result, "noticed %"),
    )
    figures = {}
    for module in _modules(options.modules):
        results = _try(module, count, options.seed)
        name = module.trial.module
        sums = Counter(results.values())
        possible = len(results) - sums[Result.EXPLAINED]
        table.add(
            name,
            len(results),
            *(sums[result] for result in Result),
            percent(sums[Result.NOTICED], possible),
        )
        figures[name] = {
            f"{fault.line}: {fault}": result for fault, result in results.items()
        }
        for fault, result in results.items():
            if result is Result.ALIVE:
                place = module.trial.path.relative_to(_ROOT)
                print(f"  alive: {place}:{fault.line}: {fault}", flush=True)
        if options.json:
            options.json.write_text(json.dumps(figures, indent=2) + "\n")
    _summarize(figures)
    return 0


def _modules(wanted: list[str]) -> list[_Module]:
    """Return the modules to try."""
    listed: list[dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("modules.yaml").read_text("utf-8")
    )
    return [
        _Module(
            Trial(item["module"], _path(item["module"]), item["tests"]),
            frozenset(
                (each["line"], each["fault"]) for each in item.get("explained", ())
            ),
        )
        for item in listed
        if not wanted or item["module"].endswith(tuple(wanted))
    ]


def _path(module: str) -> Path:
    """Return the file of a module."""
    paths = [folder / f"{module.replace('.', '/')}.py" for folder in _FOLDERS]
    return next(path for path in paths if path.is_file())


def _try(module: _Module, count: int, seed: int) -> dict[Fault, Result]:
    """Plant faults in a module, one after the other."""
    began = time.monotonic()
    if not module.trial.passes(None, limit_seconds=600):
        sys.exit(f"{module.trial.module}: its tests fail without a fault")
    limit = max(_LEAST_SECONDS, _PATIENCE * (time.monotonic() - began))
    source = module.source
    faults = find(source)
    chosen = random.Random(seed).sample(faults, min(count, len(faults)))  # noqa: S311 - to be repeated
    results = {}
    for number, fault in enumerate(sorted(chosen, key=lambda one: one.number), 1):
        progress = f"{module.trial.module} {number}/{len(chosen)}"
        print(progress, end="\r", file=sys.stderr, flush=True)
        if module.explains(fault):
            results[fault] = Result.EXPLAINED
        elif module.trial.passes(plant(source, fault), limit):
            results[fault] = Result.ALIVE
        else:
            results[fault] = Result.NOTICED
    return results


def _summarize(figures: dict[str, dict[str, Result]]) -> None:
    """Print the sum of all modules."""
    sums = Counter(
        result for results in figures.values() for result in results.values()
    )
    possible = sums[Result.NOTICED] + sums[Result.ALIVE]
    print(
        f"\n{sums.total()} faults, {sums[Result.EXPLAINED]} of which nobody could "
        f"notice; {sums[Result.NOTICED]} of {possible} noticed "
        f"({percent(sums[Result.NOTICED], possible)} %)"
    )


if __name__ == "__main__":
    sys.exit(main())

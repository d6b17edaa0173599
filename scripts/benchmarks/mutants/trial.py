"""Run the tests of a module with a fault in it, in a process of its own."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, override

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import CodeType, ModuleType

_CHECK_SECONDS: Final = 0.05
# Imported once, so that not every process has to: nothing of the project is in these.
_PREPARED: Final = (
    *("numpy", "pytest", "wyoming.event", "yaml"),
    "pytest_homeassistant_custom_component.plugins",
    "pytest_homeassistant_custom_component.common",
)


class Result(StrEnum):
    """What became of a fault."""

    NOTICED = "noticed"
    ALIVE = "alive"
    EXPLAINED = "explained"


@dataclass(frozen=True)
class Trial:
    """A module and the tests that are its own."""

    module: str
    path: Path
    tests: Sequence[str]

    def passes(self, tree: ast.Module | None, limit_seconds: float) -> bool:
        """Return whether the tests pass with this tree in place of the module."""
        child = os.fork()
        if child == 0:
            self._run(tree)
        end = time.monotonic() + limit_seconds
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status == 0
            time.sleep(_CHECK_SECONDS)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False

    def _run(self, tree: ast.Module | None) -> None:
        """Run the tests and end the process; its status says whether they pass."""
        status = 1
        try:
            # Programs that the tests start end with it.
            os.setsid()
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            if tree is not None:
                code = compile(tree, self.path, "exec")
                sys.meta_path.insert(0, _Finder(self.module, self.path, code))
            pytest: Any = importlib.import_module("pytest")
            status = int(pytest.main([*self.tests, "-x", "-q", "-n", "0"]))
        finally:
            os._exit(status)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from other code than its file's."""

    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        """Load the module from this code."""
        self._module, self._path, self._code = module, path, code

    @override
    def find_spec(
        self, fullname: str, path: Any, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    @override
    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102 - it is the module


def prepare() -> None:
    """Import what all tests need."""
    for name in _PREPARED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)

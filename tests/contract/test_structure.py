"""Test the rules for imports, names and sizes, given as data."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.contract.files import APP, INTEGRATION, ROOT
from tests.contract.imports import Import, imports, parse, part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_FUNCTION_LINES: Final = 60
MAX_FILE_LINES: Final = 400
MAX_TOP_LEVEL_MODULES: Final = 31
FOLDERS_OF_CODE: Final = ("custom_components", "addon", "scripts", "training")


class Package(NamedTuple):
    """A package with its folders and top-level modules, from top to bottom.

    Each layer imports only from the layers below.
    """

    name: str
    folder: Path
    layers: Sequence[str]


HEARKEN: Final = Package(
    "custom_components.hearken",
    INTEGRATION,
    (
        "__init__",
        (
            "binary_sensor button condition config_flow conversation device_trigger "
            "diagnostics event logbook media_player number repairs select sensor "
            "services stt switch system_health tts update wake_word"
        ),
        "actions flows options_flow trigger",
        "making",
        "assist_satellite",
        "entity",
        "data",
        "schedule",
        "calibration dialogue pipelines",
        "discovery names satellite server",
        "coordinator exchanges",
        "client texts",
        "errors languages",
        "protocol",
        "const",
    ),
)
HEARKEN_SPEECH: Final = Package(
    "hearken_speech",
    APP,
    (
        "cli",
        "satellite server",
        "models",
        "acceptor announce stt tts wake",
        "arguments audio connections identity_file log vad wire",
        "json_file",
        "strict_json",
        "errors",
        "__init__",
        "memory protocol version without_av",
    ),
)
PACKAGES: Final = (HEARKEN, HEARKEN_SPEECH)
# Shared by the whole integration, beside Home Assistant's own names.
SHARED: Final = {"const", "data", "errors", "languages"}
HOME_ASSISTANTS: Final = {
    *("__init__", "config_flow", "options_flow", "coordinator", "entity"),
    *("diagnostics", "repairs", "system_health", "logbook", "services"),
    *("stt", "tts", "wake_word", "assist_satellite", "conversation"),
    *(
        "media_player",
        "sensor",
        "binary_sensor",
        "event",
        "number",
        "select",
        "switch",
        "button",
    ),
    *("update", "trigger", "condition", "device_trigger"),
}
# Folders that must not import these packages.
INDEPENDENT: Final = (
    (HEARKEN, "client", "homeassistant"),
    (HEARKEN, "protocol", "homeassistant"),
    (HEARKEN, "", "hearken_speech"),
    (HEARKEN_SPEECH, "", "homeassistant"),
    (HEARKEN_SPEECH, "", "custom_components"),
)


def name_of(package: Package) -> str:
    """Return the name of a package as a test ID."""
    return package.name


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_imports_point_down(package: Package) -> None:
    """Each folder and module imports only from the layers below its own."""
    depth = {
        name: index
        for index, layer in enumerate(package.layers)
        for name in layer.split()
    }
    against = []
    for each in imports(package.folder, package.name):
        if not is_in(each, package.name):
            continue
        above, below = (
            part(each.module, package.name),
            part(each.imported, package.name),
        )
        assert {above, below} <= depth.keys(), f"{each}: name it in a layer"
        if above != below and depth[above] >= depth[below]:
            against.append(str(each))
    assert not against, "\n".join(against)


@pytest.mark.parametrize(
    ("package", "folder", "unknown"),
    INDEPENDENT,
    ids=[f"{package.name}.{folder}-{name}" for package, folder, name in INDEPENDENT],
)
def test_some_know_nothing_of_others(
    package: Package, folder: str, unknown: str
) -> None:
    """The wire does not import Home Assistant, nor the packages each other."""
    found = imports(package.folder / folder, f"{package.name}.{folder}".rstrip("."))
    assert found
    assert not [str(each) for each in found if is_in(each, unknown)]


def is_in(each: Import, package: str) -> bool:
    """Return whether a package or a part of it is imported."""
    return f"{each.imported}.".startswith(f"{package}.")


def test_top_of_the_integration() -> None:
    """The top level has only Home Assistant's own names and shared modules."""
    names = {path.stem for path in INTEGRATION.glob("*.py")}
    assert names <= HOME_ASSISTANTS | SHARED
    assert len(names) <= MAX_TOP_LEVEL_MODULES


def code(*folders: str) -> Iterator[Path]:
    """Yield every Python file in these folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".py" or (
                path.parent.name == "scripts" and is_python(path)
            ):
                yield path


def is_python(path: Path) -> bool:
    """Return whether a command is written in Python."""
    return path.is_file() and path.read_text("utf-8").startswith(
        "#!/usr/bin/env python"
    )


def test_functions_fit_on_a_screen_or_two() -> None:
    """Functions are short enough to have one job."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{path.relative_to(ROOT)} {node.name}: {lines}"
        for path in code(*FOLDERS_OF_CODE)
        for node in ast.walk(parse(path))
        if isinstance(node, functions)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_files_have_one_role() -> None:
    """Files are short enough to have one role."""
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in code(*FOLDERS_OF_CODE, "tests")
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_FILE_LINES
    ]
    assert not long, "\n".join(long)


def folders(root: Path) -> set[Path]:
    """Return the folders of a package that contain files."""
    return {
        path
        for path in root.rglob("*")
        if path.is_dir()
        and path.name != "__pycache__"
        and any(file.is_file() for file in path.iterdir())
    }


def drawn() -> set[Path]:
    """Return the folders in the tree of docs/architecture.md, by their indentation."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page.partition("\n## Where things are\n")[2]
    tree = re.search(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert tree
    found: set[Path] = set()
    above: list[tuple[int, Path]] = [(-1, ROOT)]
    for indent, name in re.findall(r"^( *)([\w./-]+)/(?= |$)", tree[1], re.MULTILINE):
        while above[-1][0] >= len(indent):
            above.pop()
        above.append((len(indent), above[-1][1] / name))
        found.add(above[-1][1])
    return found


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_architecture_names_every_folder(package: Package) -> None:
    """The page lists every folder of the packages, and no others."""
    assert {path for path in drawn() if not path.is_dir()} == set()
    missing = folders(package.folder) - drawn()
    assert not {str(path.relative_to(ROOT)) for path in missing}

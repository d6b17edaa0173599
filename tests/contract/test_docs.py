"""Test the links and quotes of the documentation."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.contract.files import APP, INTEGRATION, ROOT, flat, translation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "addon/*.md", "blueprints/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MAX_PICTURE_BYTES = 150_000


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, named as on GitHub."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each linked file and heading exists."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), link


def test_pictures_are_small_and_used() -> None:
    """Screenshots are small, and every one is used."""
    pictures = sorted((ROOT / "docs" / "images").glob("*.webp"))
    assert pictures
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in pictures:
        assert picture.stat().st_size <= MAX_PICTURE_BYTES, picture.name
        assert f"images/{picture.name}" in text, picture.name


# Quoted text.

COMMANDS = re.compile(r"-e |sudo |docker |curl |GET |hearken-|--|http|python -m ")


def _templates_of(path: Path) -> Iterator[str]:
    """Return the texts of a file, with … for parts filled in at run time."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sh":
        for message in re.split(r'["\n]', text):
            yield re.sub(r"\$\{?\w+\}?", "…", message)
        return
    nodes = list(ast.walk(ast.parse(text)))
    docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
    for node in nodes:
        if node in docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (
                p.value if isinstance(p, ast.Constant) else "…" for p in node.values
            )
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%[sd]|%\.\df", "…", node.value)


def _pattern(text: str) -> str:
    """Return a regular expression in which … stands for anything."""
    return ".+".join(re.escape(part) for part in text.split("…"))


def _can_say(template: str, quote: str) -> bool:
    """Return whether a text of the code can produce a quote."""
    if re.search(_pattern(quote), template):
        return True
    has_words = len(re.findall(r"\w{2,}", template)) >= 3
    return has_words and bool(re.search(_pattern(template.rstrip(". ")), quote))


@pytest.fixture(scope="module")
def templates() -> list[str]:
    """Return all texts of the code that can be part of a log line."""
    files = [
        *INTEGRATION.rglob("*.py"),
        *APP.rglob("*.py"),
        *(ROOT / "scripts" / "lib").glob("*.sh"),
    ]
    return [text for path in files for text in _templates_of(path)]


def _quoted_lines() -> list[str]:
    """Return the log lines quoted on pages for users."""
    found = []
    for name in ("troubleshooting.md", "installation.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        spans = re.findall(r"`([^`]+)`", text.replace("\n", " "))
        found += [s for s in spans if " " in s and not COMMANDS.match(s)]
    return sorted(set(found) - {'"status": "ok"'})


@pytest.mark.parametrize("quote", _quoted_lines())
def test_quoted_log_lines_exist(quote: str, templates: list[str]) -> None:
    """Each quoted log line can be written by the code."""
    assert any(_can_say(template, quote) for template in templates), quote


def test_log_lines_that_do_not_exist_are_noticed(templates: list[str]) -> None:
    """The test above fails for a line that the code cannot write."""
    assert len(_quoted_lines()) > 10
    for quote in ("speech model … is prepared", "espeak-ng is missing: …"):
        assert not any(_can_say(template, quote) for template in templates), quote


def test_quoted_messages_exist() -> None:
    """Each quoted message is one that Home Assistant shows."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quotes = re.findall("“([^”]+)”", page.replace("\n", " "))
    assert quotes
    texts = "\n".join(flat(translation("en")).values())
    for quote in quotes:
        assert quote in texts, quote


def test_entities_on_device_pages_exist() -> None:
    """Pages about devices use the names of the entities."""
    names = {
        entity["name"].partition(" (")[0].replace("{index}", "2")
        for entities in translation("en")["entity"].values()
        for entity in entities.values()
    }
    for name in ("server-device.md", "satellite-device.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        tables = re.findall(r"^\| entity .*\n\|-.*\n((?:\|.*\n)+)", page, re.MULTILINE)
        for row in "".join(tables).splitlines():
            cell = re.sub(r"\(.*?\)", "", row.split("|")[1])
            for entity in cell.split(","):
                if entity.strip() != "the Assist satellite":
                    assert entity.strip() in names, (name, entity)

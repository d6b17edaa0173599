"""The documentation leads nowhere else than it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.contract.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "addon/*.md", "blueprints/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MAX_PICTURE_BYTES = 150_000


def anchors(page: Path) -> set[str]:
    """Return what can be linked to on a page, named as GitHub does."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each file is there, and each heading on it."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), link


def test_pictures_are_small_and_used() -> None:
    """Pictures of the user interface load quickly, and none is left over."""
    pictures = sorted((ROOT / "docs" / "images").glob("*.webp"))
    assert pictures
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in pictures:
        assert picture.stat().st_size <= MAX_PICTURE_BYTES, picture.name
        assert f"images/{picture.name}" in text, picture.name

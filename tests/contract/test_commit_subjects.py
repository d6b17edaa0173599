"""Test that the check of commit subjects accepts good ones and explains bad ones."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.contract.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def check(subject: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check as the commit-msg hook does."""
    message = folder / "COMMIT_EDITMSG"
    message.write_text(f"# A comment of git.\n\n{subject}\n\nThe reason.\n")
    return subprocess.run(
        [str(ROOT / "scripts" / "commit-subjects"), str(message)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    "subject",
    [
        "feat(wake): hear a second word",
        "fix!: drop the old option",
        "chore: release 0.2.0",
        "Merge branch 'main'",
        f"docs: {'x' * 65}",
    ],
)
def test_good_subjects(subject: str, tmp_path: Path) -> None:
    """Conventional subjects below 72 characters pass."""
    result = check(subject, tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("Fix things", "not of the form"),
        ("fix: a full stop.", "not of the form"),
        ("fix: one thing; another thing", "more than one thing"),
        (f"docs: {'x' * 66}", "longer than 71 characters"),
    ],
)
def test_bad_subjects(subject: str, reason: str, tmp_path: Path) -> None:
    """Each mistake is reported with the subject."""
    result = check(subject, tmp_path)
    assert result.returncode == 1
    assert subject in result.stderr
    assert reason in result.stderr

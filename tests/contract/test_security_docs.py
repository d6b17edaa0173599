"""Test that every line of the pages on security and reliability is tested."""

from __future__ import annotations

import ast
import re

import pytest

from tests.contract.files import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| (.+) \| `(tests/\S+)::(\w+)` \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
ATTACKED = ROW.findall((ROOT / "docs" / "reliability.md").read_text("utf-8"))


def test_every_line_names_a_test() -> None:
    """A claim without a test is no claim."""
    tables = re.findall(r"\| test \|\n\|---\|---\|\n((?:\|.*\|\n)+)", PAGE)
    assert len(tables) == 4
    assert sum(table.count("\n") for table in tables) == len(ROWS) > 15


@pytest.mark.parametrize(("claim", "file", "name"), [*ROWS, *ATTACKED])
def test_tests_of_claims_exist(claim: str, file: str, name: str) -> None:
    """The named test is in the named file."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in tree.body if isinstance(node, functions)}
    assert name in names, claim

"""Small faults that can be planted in the source of a module."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER_OPERATOR: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
_OTHER_FUNCTION: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_UNINTERESTING: Final = ("_LOGGER.", "_LOG.")
"""Statements whose absence is no fault."""


@dataclass(frozen=True)
class Fault:
    """One fault."""

    number: int
    """Its place in the order in which the module is walked."""
    line: int
    before: str
    after: str

    @override
    def __str__(self) -> str:
        """Return the change as it is shown to a person."""
        return f"{self.before} → {self.after}"


def find(source: str) -> list[Fault]:
    """Return all faults that can be planted in a module."""
    planter = _Planter(None)
    planter.visit(ast.parse(source))
    return planter.found


def plant(source: str, fault: Fault) -> ast.Module:
    """Return a module with a fault in it."""
    tree = _Planter(fault.number).visit(ast.parse(source))
    assert isinstance(tree, ast.Module)
    return ast.fix_missing_locations(tree)


class _Planter(ast.NodeTransformer):
    """Walks a module, lists the faults, and plants the one with this number."""

    def __init__(self, number: int | None) -> None:
        """Plant this fault, or none."""
        self._number = number
        self.found: list[Fault] = []

    @override
    def visit(self, node: ast.AST) -> ast.AST:
        if _is_left_alone(node):
            return node
        chosen: ast.AST | None = None
        for changed in _changed(node):
            line: int = getattr(node, "lineno", 0)
            fault = Fault(len(self.found), line, _shown(node), _shown(changed))
            self.found.append(fault)
            if fault.number == self._number:
                chosen = ast.copy_location(changed, node)
        if chosen is not None:
            return chosen
        for name, value in ast.iter_fields(node):
            # Annotations and decorators are not what a module does.
            if name in {"annotation", "returns", "decorator_list", "type_params"}:
                continue
            if isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
            elif isinstance(value, list):
                value[:] = [
                    self.visit(one) if isinstance(one, ast.AST) else one
                    for one in value
                ]
        return node


def _shown(node: ast.AST) -> str:
    """Return a node as it is shown: of a block, only its condition."""
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    return ast.unparse(node)


def _is_left_alone(node: ast.AST) -> bool:
    """Return whether nothing in here can be a fault of its own."""
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.TypeAlias):
        return True
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Expr):
        text = ast.unparse(node.value)
        return isinstance(node.value, ast.Constant) or text.startswith(_UNINTERESTING)
    return False


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield each way in which a node itself can be wrong."""
    match node:
        case ast.Compare(ops=[operator]) | ast.BoolOp(op=operator):
            yield from _with_other_operator(node, operator)
        case ast.BinOp(op=operator, left=left) if not _is_text(left):
            yield from _with_other_operator(node, operator)
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            new = copy.copy(node)
            new.test = ast.UnaryOp(ast.Not(), test)
            yield new
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in _other_values(value))
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER_FUNCTION:
            new_call = copy.copy(node)
            new_call.func = ast.Name(_OTHER_FUNCTION[name], ast.Load())
            yield new_call
        case ast.AugAssign(op=operator):
            yield ast.Pass()
            yield from _with_other_operator(node, operator)
        case (
            ast.Expr(value=ast.Call() | ast.Await())
            | ast.Assign(targets=[ast.Attribute()])
            | ast.Break()
        ):
            yield ast.Pass()


def _with_other_operator(node: ast.AST, operator: ast.AST) -> Iterator[ast.AST]:
    """Yield a node with another operator in place of its own."""
    other = _OTHER_OPERATOR.get(type(operator))
    if other is None:
        return
    new = copy.copy(node)
    if isinstance(new, ast.Compare):
        new.ops = [other()]  # type: ignore[list-item]  # it is one of comparison
    else:
        new.op = other()  # type: ignore[attr-defined]  # boolean or binary
    yield new


def _other_values(value: object) -> Iterator[float | bool]:
    """Yield a value that is a little wrong."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, float):
        yield value * 2 or 1.0


def _is_text(node: ast.AST) -> bool:
    """Return whether a node is a text, to which others are added."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

"""Writes a head as an ONNX file that openWakeWord and its relatives load, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.onnx_file import BYTES, VARINT, Node, OnnxFile, write_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .fit import LinearHead, Numbers

# Field numbers of onnx.proto.
_MODEL_VERSION: Final = 1
_MODEL_GRAPH: Final = 7
_MODEL_OPERATORS: Final = 8
_OPERATORS_VERSION: Final = 2
_GRAPH_NAME: Final = 2

_FORMAT_VERSION: Final = 8
_OPERATOR_SET: Final = 13


def head_bytes(head: LinearHead) -> bytes:
    """Return an ONNX file with the head; its score is 0.5 at a logit of 0."""
    layer = (head.weights.reshape(-1, 1), np.array([head.bias]))
    return network_bytes([layer], head.steps)


def network_bytes(layers: Sequence[tuple[Numbers, Numbers]], steps: int) -> bytes:
    """Return an ONNX file with layers over a flat window: weights and biases of each.

    What is below zero is cut off between them, and the last one gives a logit.
    """
    file = _empty_file()
    file.nodes = [Node.make("Flatten", ["x"], "window", axis=1)]
    value = "window"
    for number, (weights, bias) in enumerate(layers):
        if number:
            file.nodes.append(Node.make("Relu", [value], f"positive_{number}"))
            value = f"positive_{number}"
        used = file.add_weights(f"weights_{number}", weights)
        added = file.add_weights(f"bias_{number}", bias)
        products, total = f"products_{number}", f"total_{number}"
        file.nodes += [
            Node.make("MatMul", [value, used], products),
            Node.make("Add", [products, added], total),
        ]
        value = total
    file.nodes.append(Node.make("Sigmoid", [value], "score"))
    file.set_inputs({"x": [1, steps, EMBEDDING_SIZE]})
    file.set_outputs({"score": [1, 1]})
    return file.to_bytes()


def _empty_file() -> OnnxFile:
    """Return a file without a network."""
    operators = write_message([(_OPERATORS_VERSION, VARINT, _OPERATOR_SET)])
    graph = write_message([(_GRAPH_NAME, BYTES, b"head")])
    return OnnxFile(
        write_message(
            [
                (_MODEL_VERSION, VARINT, _FORMAT_VERSION),
                (_MODEL_GRAPH, BYTES, graph),
                (_MODEL_OPERATORS, BYTES, operators),
            ]
        )
    )

"""Writes a head as an ONNX file that openWakeWord and its relatives load, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.onnx_file import BYTES, VARINT, Node, OnnxFile, write_message

if TYPE_CHECKING:
    from .fit import LinearHead

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
    file = OnnxFile(
        write_message(
            [
                (_MODEL_VERSION, VARINT, _FORMAT_VERSION),
                (_MODEL_GRAPH, BYTES, write_message([(_GRAPH_NAME, BYTES, b"head")])),
                (
                    _MODEL_OPERATORS,
                    BYTES,
                    write_message([(_OPERATORS_VERSION, VARINT, _OPERATOR_SET)]),
                ),
            ]
        )
    )
    weights = file.add_weights("weights", head.weights.reshape(-1, 1))
    bias = file.add_weights("bias", np.array([head.bias]))
    file.nodes = [
        Node.make("Flatten", ["x"], "window", axis=1),
        Node.make("MatMul", ["window", weights], "products"),
        Node.make("Add", ["products", bias], "logit"),
        Node.make("Sigmoid", ["logit"], "score"),
    ]
    file.set_inputs({"x": [1, head.steps, EMBEDDING_SIZE]})
    file.set_outputs({"score": [1, 1]})
    return file.to_bytes()

"""Writes a head as an ONNX file that openWakeWord and its relatives load, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.onnx_file import BYTES, VARINT, Node, OnnxFile, write_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .learning import Network
    from .network import Numbers

# Field numbers of onnx.proto.
_MODEL_VERSION: Final = 1
_MODEL_GRAPH: Final = 7
_MODEL_OPERATORS: Final = 8
_OPERATORS_VERSION: Final = 2
_GRAPH_NAME: Final = 2

_FORMAT_VERSION: Final = 8
_OPERATOR_SET: Final = 13


def head_bytes(head: Network) -> bytes:
    """Return an ONNX file with a head over plain embeddings.

    Its score is 0.5 at a logit of 0.
    """
    members, whitening = head.members, head.whitening
    firsts, shifts = [], []
    for one in members:
        first = one.weights[0].reshape(-1, EMBEDDING_SIZE, len(one.biases[0]))
        plain = np.einsum("ij,sjh->sih", whitening.matrix, first)
        shifts.append(one.biases[0] - np.einsum("i,sih->h", whitening.mean, plain))
        firsts.append(plain.reshape(-1, plain.shape[2]))
    layers = [
        (np.concatenate(firsts, axis=1), np.concatenate(shifts)),
        (
            _diagonal([one.weights[1] for one in members]),
            np.concatenate([one.biases[1] for one in members]),
        ),
        (
            np.concatenate([one.weights[2] for one in members]) / len(members),
            np.mean([one.biases[2] for one in members], axis=0),
        ),
    ]
    return network_bytes(layers, len(firsts[0]) // EMBEDDING_SIZE)


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


def _diagonal(blocks: Sequence[Numbers]) -> Numbers:
    """Return matrices as one in which each works on inputs of its own."""
    width, height = blocks[0].shape
    whole = np.zeros((width * len(blocks), height * len(blocks)), np.float32)
    for number, block in enumerate(blocks):
        whole[
            number * width : (number + 1) * width,
            number * height : (number + 1) * height,
        ] = block
    return whole


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

"""Read and change the graph of an ONNX file.

Models need two small changes before they run: openWakeWord's embedding network gets a
state (``embedding``), and classifiers get a batch axis (``heads``). An ONNX file is a
protobuf message. The few relevant parts of it are read and written directly, so that
neither the server nor a satellite has to install the ``onnx`` package.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from .errors import WakeModelError

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_FIXED_SIZES: Final = {FIXED64: 8, FIXED32: 4}
_CONTINUES: Final = 0x80
_MAX_VARINT_BITS: Final = 64

# Field numbers of onnx.proto.
_MODEL_GRAPH: Final = 7
_GRAPH_NODE: Final = 1
_GRAPH_INITIALIZER: Final = 5
_GRAPH_INPUT: Final = 11
_GRAPH_OUTPUT: Final = 12
_GRAPH_VALUE_INFO: Final = 13
_NODE_INPUT: Final = 1
_NODE_OUTPUT: Final = 2
_NODE_NAME: Final = 3
_NODE_OP_TYPE: Final = 4
_NODE_ATTRIBUTE: Final = 5
_ATTRIBUTE_NAME: Final = 1
_ATTRIBUTE_INT: Final = 3
_ATTRIBUTE_GRAPH: Final = 6
_ATTRIBUTE_INTS: Final = 8
_ATTRIBUTE_TYPE: Final = 20
_ATTRIBUTE_TYPE_INT: Final = 2
_TENSOR_DIMS: Final = 1
_TENSOR_DATA_TYPE: Final = 2
_TENSOR_FLOAT_DATA: Final = 4
_TENSOR_NAME: Final = 8
_TENSOR_RAW_DATA: Final = 9
_TENSOR_TYPE_FLOAT: Final = 1
_TENSOR_TYPE_INT64: Final = 7

type Field = tuple[int, int, int | bytes]
"""Number, wire type and value of one field."""


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the number at the position, and the position after it."""
    value = 0
    for shift in range(0, _MAX_VARINT_BITS + 6, 7):
        byte = data[position]
        position += 1
        value |= (byte & ~_CONTINUES) << shift
        if byte < _CONTINUES:
            return value, position
    msg = "this is not an ONNX file"
    raise WakeModelError(msg)


def _varint(value: int) -> bytes:
    """Return a number as a varint."""
    value &= (1 << _MAX_VARINT_BITS) - 1
    out = bytearray()
    while value >= _CONTINUES:
        out.append(value & ~_CONTINUES & 0xFF | _CONTINUES)
        value >>= 7
    out.append(value)
    return bytes(out)


def parse_message(data: bytes) -> list[Field]:
    """Split a protobuf message into its fields."""
    fields: list[Field] = []
    position = 0
    try:
        while position < len(data):
            key, position = _read_varint(data, position)
            number, wire_type = key >> 3, key & 7
            value: int | bytes
            if wire_type == VARINT:
                value, position = _read_varint(data, position)
            else:
                if wire_type == BYTES:
                    size, position = _read_varint(data, position)
                else:
                    size = _FIXED_SIZES[wire_type]
                value = data[position : position + size]
                position += size
            fields.append((number, wire_type, value))
    except (IndexError, KeyError) as err:
        msg = "this is not an ONNX file, or it is cut short"
        raise WakeModelError(msg) from err
    if position != len(data):
        msg = "this ONNX file is cut short"
        raise WakeModelError(msg)
    return fields


def write_message(fields: list[Field]) -> bytes:
    """Join fields into a protobuf message."""
    out = bytearray()
    for number, wire_type, value in fields:
        out += _varint(number << 3 | wire_type)
        if isinstance(value, int):
            out += _varint(value)
            continue
        if wire_type == BYTES:
            out += _varint(len(value))
        out += value
    return bytes(out)


def _values(fields: list[Field], number: int) -> list[bytes]:
    """Return all byte values of a field."""
    return [value for n, _, value in fields if n == number and isinstance(value, bytes)]


def _integers(fields: list[Field], number: int) -> list[int]:
    """Return all integers of a field, packed or not."""
    out: list[int] = []
    for n, _, value in fields:
        if n != number:
            continue
        if isinstance(value, int):
            out.append(value)
            continue
        position = 0
        while position < len(value):
            item, position = _read_varint(value, position)
            out.append(item)
    return out


def _text(fields: list[Field], number: int) -> str:
    """Return the text of a field, empty if there is none."""
    return b"".join(_values(fields, number)[:1]).decode(errors="replace")


@dataclass
class Node:
    """One operation of a graph."""

    op_type: str
    inputs: list[str]
    outputs: list[str]
    rest: list[Field] = field(default_factory=list)
    """All other fields, including attributes, as they were read."""

    @staticmethod
    def make(op_type: str, inputs: list[str], output: str, **attributes: int) -> Node:
        """Create an operation with one output and integer attributes."""
        rest: list[Field] = [(_NODE_NAME, BYTES, output.encode())]
        rest += [
            (
                _NODE_ATTRIBUTE,
                BYTES,
                write_message(
                    [
                        (_ATTRIBUTE_NAME, BYTES, name.encode()),
                        (_ATTRIBUTE_INT, VARINT, value),
                        (_ATTRIBUTE_TYPE, VARINT, _ATTRIBUTE_TYPE_INT),
                    ]
                ),
            )
            for name, value in attributes.items()
        ]
        return Node(op_type, inputs, [output], rest)

    def integers(self, name: str) -> list[int]:
        """Return an attribute that is a list of integers, or an empty list."""
        for raw in _values(self.rest, _NODE_ATTRIBUTE):
            attribute = parse_message(raw)
            if _text(attribute, _ATTRIBUTE_NAME) == name:
                return _integers(attribute, _ATTRIBUTE_INTS)
        return []

    @staticmethod
    def read(data: bytes) -> Node:
        """Read an operation."""
        fields = parse_message(data)
        known = {_NODE_INPUT, _NODE_OUTPUT, _NODE_OP_TYPE}
        return Node(
            _text(fields, _NODE_OP_TYPE),
            [value.decode() for value in _values(fields, _NODE_INPUT)],
            [value.decode() for value in _values(fields, _NODE_OUTPUT)],
            [entry for entry in fields if entry[0] not in known],
        )

    def write(self) -> bytes:
        """Return the operation as bytes."""
        return write_message(
            [
                *((_NODE_INPUT, BYTES, name.encode()) for name in self.inputs),
                *((_NODE_OUTPUT, BYTES, name.encode()) for name in self.outputs),
                (_NODE_OP_TYPE, BYTES, self.op_type.encode()),
                *self.rest,
            ]
        )


def _read_float_tensor(data: bytes) -> np.ndarray:
    """Return the numbers of a float tensor."""
    fields = parse_message(data)
    raw = b"".join(
        _values(fields, _TENSOR_RAW_DATA) or _values(fields, _TENSOR_FLOAT_DATA)
    )
    return np.frombuffer(raw, "<f4").reshape(_integers(fields, _TENSOR_DIMS))


def _write_tensor(name: str, kind: int, values: np.ndarray) -> bytes:
    """Return an array, in the order of bytes of its kind, as a tensor."""
    return write_message(
        [
            *((_TENSOR_DIMS, VARINT, size) for size in values.shape),
            (_TENSOR_DATA_TYPE, VARINT, kind),
            (_TENSOR_NAME, BYTES, name.encode()),
            (_TENSOR_RAW_DATA, BYTES, values.tobytes()),
        ]
    )


def _write_value_info(name: str, shape: list[int | str]) -> bytes:
    """Return the description of a float input or output."""
    dims: list[Field] = [
        (
            1,
            BYTES,
            write_message(
                [(1, VARINT, size)]
                if isinstance(size, int)
                else [(2, BYTES, size.encode())]
            ),
        )
        for size in shape
    ]
    tensor: list[Field] = [
        (1, VARINT, _TENSOR_TYPE_FLOAT),
        (2, BYTES, write_message(dims)),
    ]
    return write_message(
        [
            (1, BYTES, name.encode()),
            (2, BYTES, write_message([(1, BYTES, write_message(tensor))])),
        ]
    )


def _branch(node: Node, name: str) -> tuple[list[Node], str] | None:
    """Return the operations and the result of a branch without weights of its own."""
    for raw in _values(node.rest, _NODE_ATTRIBUTE):
        attribute = parse_message(raw)
        if _text(attribute, _ATTRIBUTE_NAME) == name:
            graph = parse_message(b"".join(_values(attribute, _ATTRIBUTE_GRAPH)))
            outputs = _values(graph, _GRAPH_OUTPUT)
            if len(outputs) == 1 and not _values(graph, _GRAPH_INITIALIZER):
                inner = [Node.read(part) for part in _values(graph, _GRAPH_NODE)]
                return inner, _text(parse_message(outputs[0]), 1)
    return None


def _free_first_axis(value_info: bytes) -> bytes:
    """Return the description of an input or output whose first axis is free."""
    path = (2, 1, 2, 1)  # type, tensor type, shape, axis
    messages = [parse_message(value_info)]
    for number in path[:-1]:
        inner = _values(messages[-1], number)
        if not inner:
            return value_info
        messages.append(parse_message(inner[0]))
    changed = write_message([(2, BYTES, b"batch")])
    for number, message in zip(reversed(path), reversed(messages), strict=True):
        at = next((i for i, entry in enumerate(message) if entry[0] == number), None)
        if at is None:
            return value_info
        message[at] = (number, BYTES, changed)
        changed = write_message(message)
    return changed


class OnnxFile:
    """The graph of an ONNX file, to be read and changed."""

    def __init__(self, data: bytes) -> None:
        """Read the file; raise WakeModelError if it is invalid."""
        self._model = parse_message(data)
        graphs = _values(self._model, _MODEL_GRAPH)
        if len(graphs) != 1:
            msg = "this ONNX file has no graph"
            raise WakeModelError(msg)
        graph = parse_message(graphs[0])
        self.nodes = [Node.read(raw) for raw in _values(graph, _GRAPH_NODE)]
        self._initializers = {
            _text(parse_message(raw), _TENSOR_NAME): raw
            for raw in _values(graph, _GRAPH_INITIALIZER)
        }
        self._inputs = _values(graph, _GRAPH_INPUT)
        self._outputs = _values(graph, _GRAPH_OUTPUT)
        parts = {
            _GRAPH_NODE,
            _GRAPH_INITIALIZER,
            _GRAPH_INPUT,
            _GRAPH_OUTPUT,
            _GRAPH_VALUE_INFO,
        }
        self._rest = [entry for entry in graph if entry[0] not in parts]

    def input_names(self) -> list[str]:
        """Return the names of the inputs; old files list the weights as inputs, too."""
        names = [_text(parse_message(raw), 1) for raw in self._inputs]
        return [name for name in names if name not in self._initializers]

    def output_names(self) -> list[str]:
        """Return the names of the outputs."""
        return [_text(parse_message(raw), 1) for raw in self._outputs]

    def weights(self, name: str) -> np.ndarray:
        """Return float weights by name."""
        try:
            return _read_float_tensor(self._initializers[name])
        except (KeyError, ValueError) as err:
            msg = f"the model has no usable weights called {name}"
            raise WakeModelError(msg) from err

    def add_integers(self, name: str, values: list[int]) -> str:
        """Add a constant list of integers and return its name."""
        numbers = np.array(values, "<i8")
        self._initializers[name] = _write_tensor(name, _TENSOR_TYPE_INT64, numbers)
        return name

    def add_weights(self, name: str, values: np.ndarray) -> str:
        """Add constant float weights and return their name."""
        weights = values.astype("<f4")
        self._initializers[name] = _write_tensor(name, _TENSOR_TYPE_FLOAT, weights)
        return name

    def set_inputs(self, shapes: dict[str, list[int | str]]) -> None:
        """Replace the inputs, which are float; a string is a free axis."""
        self._inputs = [_write_value_info(*item) for item in shapes.items()]

    def set_outputs(self, shapes: dict[str, list[int | str]]) -> None:
        """Replace the outputs, which are float; a string is a free axis."""
        self._outputs = [_write_value_info(*item) for item in shapes.items()]

    def compute_both_branches(self) -> None:
        """Replace conditional branches by selecting between their results.

        A branch is taken for all streams at once; a result is selected for each.
        """
        nodes: list[Node] = []
        for node in self.nodes:
            branches = [_branch(node, f"{name}_branch") for name in ("then", "else")]
            if node.op_type != "If" or len(node.outputs) != 1 or None in branches:
                nodes.append(node)
                continue
            chosen = list(node.inputs)
            for inner, result in filter(None, branches):
                nodes += inner
                chosen.append(result)
            nodes.append(Node.make("Where", chosen, node.outputs[0]))
        self.nodes = nodes

    def free_first_axis(self) -> None:
        """Let the first axis of all inputs and outputs have any size."""
        self._inputs = [_free_first_axis(raw) for raw in self._inputs]
        self._outputs = [_free_first_axis(raw) for raw in self._outputs]

    def to_bytes(self) -> bytes:
        """Return the file with all changes."""
        graph: list[Field] = [
            *((_GRAPH_NODE, BYTES, node.write()) for node in self.nodes),
            *((_GRAPH_INITIALIZER, BYTES, raw) for raw in self._initializers.values()),
            *((_GRAPH_INPUT, BYTES, raw) for raw in self._inputs),
            *((_GRAPH_OUTPUT, BYTES, raw) for raw in self._outputs),
            *self._rest,
        ]
        return write_message(
            [
                (
                    number,
                    wire,
                    write_message(graph) if number == _MODEL_GRAPH else value,
                )
                for number, wire, value in self._model
            ]
        )

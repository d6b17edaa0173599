"""openWakeWord's speech embedding, computed step by step.

The network is a stack of convolutions over (time, mel band). openWakeWord runs it over
76 frames every 8 frames and so computes 68 of them again each time. Here every
convolution that looks back in time keeps the two rows it needs again, as state that is
an input and an output. The weights, the operations and their order stay the same, and
so do the results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from . import packages
from .errors import WakeModelError
from .onnx_file import Node, OnnxFile
from .onnx_session import OnnxSession

FRAMES_PER_STEP: Final = 8
"""Mel frames per step; the network's stride in time."""
MEL_BANDS: Final = 32
EMBEDDING_SIZE: Final = 96
WARM_UP_STEPS: Final = 9
"""Steps until the result no longer depends on the initial state."""

_LOOK_BACK_ROWS: Final = 2
_TO_THE_END: Final = np.iinfo(np.int64).max
_BATCH: Final = "batch"


@dataclass(frozen=True)
class _Memory:
    """The rows that one convolution looks back on."""

    name: str
    channels: int
    width: int

    @property
    def size(self) -> int:
        """Return the number of values."""
        return self.channels * _LOOK_BACK_ROWS * self.width


class _Converter:
    """Converts the network over a window into a network over a step."""

    def __init__(self, data: bytes) -> None:
        """Read the network."""
        self._file = OnnxFile(data)
        self._nodes: list[Node] = []
        self._memories: list[_Memory] = []
        self._width = MEL_BANDS

    def convert(self) -> tuple[bytes, int]:
        """Return the new network and the size of its state."""
        names = self._file.input_names(), self._file.output_names()
        if [len(group) for group in names] != [1, 1]:
            msg = "the embedding model does not have exactly one input and one output"
            raise WakeModelError(msg)
        ((old_input,), (old_output,)) = names
        current = self._add("Unsqueeze", ["mel", self._numbers("channel", [1])])
        renamed = {old_input: current}
        for node in self._file.nodes:
            self._take(node, renamed)
        self._nodes.append(
            Node.make("Flatten", [renamed[old_output]], "embedding", axis=1)
        )
        state_size = self._connect_state()
        self._file.nodes = self._nodes
        self._file.set_inputs(
            {
                "mel": [_BATCH, FRAMES_PER_STEP, MEL_BANDS],
                "state": [_BATCH, state_size],
            }
        )
        self._file.set_outputs(
            {
                "embedding": [_BATCH, EMBEDDING_SIZE],
                "next_state": [_BATCH, state_size],
            }
        )
        return self._file.to_bytes(), state_size

    def _take(self, node: Node, renamed: dict[str, str]) -> None:
        """Convert one operation of the old network."""
        node.inputs = [renamed.get(name, name) for name in node.inputs]
        if node.op_type == "Reshape":
            # They only reshape the axes of the window, which is gone.
            renamed[node.outputs[0]] = node.inputs[0]
            return
        if node.op_type == "Conv":
            self._take_convolution(node)
        elif node.op_type == "MaxPool":
            self._width //= node.integers("strides")[1]
        elif node.op_type not in {"LeakyRelu", "Max"}:
            msg = f"the embedding model has an unknown operation: {node.op_type}"
            raise WakeModelError(msg)
        self._nodes.append(node)

    def _take_convolution(self, node: Node) -> None:
        """Add a state to a convolution that looks back."""
        rows, bands = node.integers("kernel_shape")
        pads = node.integers("pads") or [0, 0, 0, 0]
        if rows not in {1, _LOOK_BACK_ROWS + 1} or pads[0] or pads[2]:
            msg = "the embedding model has a convolution of an unknown shape"
            raise WakeModelError(msg)
        if rows > 1:
            channels = self._file.weights(node.inputs[1]).shape[1]
            memory = _Memory(f"memory_{len(self._memories)}", channels, self._width)
            self._memories.append(memory)
            node.inputs[0] = self._add(
                "Concat",
                [memory.name, node.inputs[0]],
                f"{memory.name}_and_now",
                axis=2,
            )
        self._width += pads[1] + pads[3] - bands + 1

    def _connect_state(self) -> int:
        """Split the state into the rows of each convolution, and join them again."""
        before: list[Node] = []
        axis_one = self._numbers("axis_one", [1])
        axis_two = self._numbers("axis_two", [2])
        last_rows = self._numbers("last_rows", [-_LOOK_BACK_ROWS])
        the_end = self._numbers("the_end", [_TO_THE_END])
        offset = 0
        kept: list[str] = []
        for memory in self._memories:
            name = memory.name
            begin = self._numbers(f"{name}_begin", [offset])
            offset += memory.size
            end = self._numbers(f"{name}_end", [offset])
            shape = self._numbers(
                f"{name}_shape", [0, memory.channels, _LOOK_BACK_ROWS, memory.width]
            )
            before += [
                Node.make("Slice", ["state", begin, end, axis_one], f"{name}_flat"),
                Node.make("Reshape", [f"{name}_flat", shape], name),
            ]
            rows = [f"{name}_and_now", last_rows, the_end, axis_two]
            self._add("Slice", rows, f"{name}_next")
            kept.append(self._add("Flatten", [f"{name}_next"], axis=1))
        self._nodes.append(Node.make("Concat", kept, "next_state", axis=1))
        self._nodes[:0] = before
        return offset

    def _add(
        self,
        op_type: str,
        inputs: list[str],
        output: str | None = None,
        **attributes: int,
    ) -> str:
        """Add an operation and return the name of its output."""
        name = output or f"step_{len(self._nodes)}"
        self._nodes.append(Node.make(op_type, inputs, name, **attributes))
        return name

    def _numbers(self, name: str, values: list[int]) -> str:
        """Add constant integers and return their name."""
        return self._file.add_integers(f"step_{name}", values)


def convert_embedding(data: bytes) -> tuple[bytes, int]:
    """Return openWakeWord's network in its step form, and the size of its state."""
    return _Converter(data).convert()


class StreamingEmbedding:
    """Computes the embeddings of many streams at once."""

    def __init__(self) -> None:
        """Convert and load the network of the openwakeword package."""
        data = packages.openwakeword_model("embedding_model.onnx").read_bytes()
        converted, self.state_size = convert_embedding(data)
        self._session = OnnxSession(converted)

    def step(self, mel: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the embeddings of [streams, 8, 32] frames, and the next state."""
        embedding, next_state = self._session.run({"mel": mel, "state": state})
        return embedding, next_state

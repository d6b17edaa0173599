"""Model files for the tests: valid, unusual and broken ones."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SHAPE = [1, 16, 96]


def save(
    path: Path, nodes: list[onnx.NodeProto], shape: list[int] | None = None
) -> Path:
    """Write a model from x to score."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape or SHAPE)],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1, 1])],
        [
            numpy_helper.from_array(np.array(6000, np.float32), "limit"),
            numpy_helper.from_array(np.array([1, 1], np.int64), "one"),
            numpy_helper.from_array(np.array([1, 2], np.int64), "axes"),
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path


def always(path: Path, *, operation: str = "Sigmoid") -> Path:
    """Write a model that always scores nearly 1."""
    return save(
        path,
        [
            helper.make_node("ReduceSumSquare", ["x"], ["sum"], axes=[1, 2]),
            helper.make_node("Reshape", ["sum", "one"], ["flat"]),
            helper.make_node(operation, ["flat"], ["score"]),
        ],
    )


def not_a_number(path: Path) -> Path:
    """Write a model that works on random input and fails on speech."""
    return save(
        path,
        [
            helper.make_node("ReduceSumSquare", ["x"], ["sum"], axes=[1, 2]),
            helper.make_node("Reshape", ["sum", "one"], ["flat"]),
            helper.make_node("Sub", ["limit", "flat"], ["rest"]),
            helper.make_node("Sqrt", ["rest"], ["root"]),
            helper.make_node("Sigmoid", ["root"], ["score"]),
        ],
    )


def long(path: Path, steps: int) -> Path:
    """Write a model with a long history that always scores nearly 1."""
    return save(
        path,
        [
            helper.make_node("ReduceSumSquare", ["x"], ["sum"], axes=[1, 2]),
            helper.make_node("Reshape", ["sum", "one"], ["flat"]),
            helper.make_node("Sigmoid", ["flat"], ["score"]),
        ],
        [1, steps, 96],
    )

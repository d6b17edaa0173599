"""The only place that uses onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnxruntime

from .errors import WakeModelError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

onnxruntime.set_default_logger_severity(3)


class OnnxSession:
    """A network on one thread."""

    def __init__(self, model: bytes | Path, *, arena: bool = False) -> None:
        """Load the network; raise WakeModelError if it cannot be used.

        A large one takes less memory from a file, and with an arena, which keeps its
        many intermediate results from scattering over the heap.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Batches of many sizes would each leave a block in the arena.
        options.enable_cpu_mem_arena = arena
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as err:
            msg = f"onnxruntime cannot load it: {_first_line(err)}"
            raise WakeModelError(msg) from err
        # The library keeps a copy of the file to switch to another device, which never
        # happens here.
        self._session.__dict__["_model_bytes"] = None

    @property
    def inputs(self) -> list[tuple[str, str, list[Any]]]:
        """Return name, type and shape of each input."""
        return [(i.name, i.type, list(i.shape)) for i in self._session.get_inputs()]

    @property
    def outputs(self) -> list[tuple[str, str, list[Any]]]:
        """Return name, type and shape of each output."""
        return [(o.name, o.type, list(o.shape)) for o in self._session.get_outputs()]

    def run(self, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Run the network once; raise WakeModelError if it fails."""
        try:
            results: list[np.ndarray] = self._session.run(None, inputs)
        except Exception as err:
            msg = f"onnxruntime cannot run it: {_first_line(err)}"
            raise WakeModelError(msg) from err
        return results


def _first_line(err: Exception) -> str:
    """Return the readable part of the library's message."""
    return str(err).strip().partition("\n")[0][:200]

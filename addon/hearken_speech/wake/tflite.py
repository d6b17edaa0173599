"""TensorFlow Lite models, run by the C library in the pyopen-wakeword package."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int32, c_size_t, c_void_p
from functools import cache
from typing import Any, Final

import numpy as np

from . import packages
from .errors import WakeModelError

_OK: Final = 0
_FLOAT32: Final = 1
_MICRO_MEL_BANDS: Final = 40


@cache
def _library() -> Any:
    """Load the library and declare the functions that are used."""
    path = packages.tflite_library()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as err:
        msg = f"the TensorFlow Lite library does not load: {err}"
        raise WakeModelError(msg) from err
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "ModelCreate": (c_void_p, [c_char_p, c_size_t]),
        "ModelDelete": (None, [c_void_p]),
        "InterpreterOptionsCreate": (c_void_p, []),
        "InterpreterOptionsDelete": (None, [c_void_p]),
        "InterpreterOptionsSetNumThreads": (None, [c_void_p, c_int32]),
        "InterpreterCreate": (c_void_p, [c_void_p, c_void_p]),
        "InterpreterDelete": (None, [c_void_p]),
        "InterpreterAllocateTensors": (c_int32, [c_void_p]),
        "InterpreterInvoke": (c_int32, [c_void_p]),
        "InterpreterGetInputTensorCount": (c_int32, [c_void_p]),
        "InterpreterGetOutputTensorCount": (c_int32, [c_void_p]),
        "InterpreterGetInputTensor": (c_void_p, [c_void_p, c_int32]),
        "InterpreterGetOutputTensor": (c_void_p, [c_void_p, c_int32]),
        "TensorType": (c_int32, [c_void_p]),
        "TensorNumDims": (c_int32, [c_void_p]),
        "TensorDim": (c_int32, [c_void_p, c_int32]),
        "TensorCopyFromBuffer": (c_int32, [c_void_p, c_void_p, c_size_t]),
        "TensorCopyToBuffer": (c_int32, [c_void_p, c_void_p, c_size_t]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, f"TfLite{name}")
        function.restype = result
        function.argtypes = arguments
    return library


class TfliteModel:
    """A network with one float input and one float output, on one thread."""

    def __init__(self, data: bytes) -> None:
        """Load the network; raise WakeModelError if it cannot be used."""
        self._model = self._interpreter = None
        self._library = _library()
        # The library reads from this buffer while the model exists.
        self._data = data
        self._model = self._library.TfLiteModelCreate(data, len(data))
        if not self._model:
            msg = "this is not a TensorFlow Lite file"
            raise WakeModelError(msg)
        options = self._library.TfLiteInterpreterOptionsCreate()
        self._library.TfLiteInterpreterOptionsSetNumThreads(options, 1)
        self._interpreter = self._library.TfLiteInterpreterCreate(self._model, options)
        self._library.TfLiteInterpreterOptionsDelete(options)
        if not self._interpreter:
            msg = "TensorFlow Lite cannot load it: it uses unknown operations"
            raise WakeModelError(msg)
        self._check(self._library.TfLiteInterpreterAllocateTensors, "prepare")
        counts = (
            self._library.TfLiteInterpreterGetInputTensorCount(self._interpreter),
            self._library.TfLiteInterpreterGetOutputTensorCount(self._interpreter),
        )
        if counts != (1, 1):
            msg = "it does not have exactly one input and one output"
            raise WakeModelError(msg)
        self._input = self._library.TfLiteInterpreterGetInputTensor(
            self._interpreter, 0
        )
        self._output = self._library.TfLiteInterpreterGetOutputTensor(
            self._interpreter, 0
        )
        for tensor in (self._input, self._output):
            if self._library.TfLiteTensorType(tensor) != _FLOAT32:
                raise WakeModelError(self._of_another_type())

    @property
    def input_shape(self) -> list[int]:
        """Return the shape of the input."""
        return self._shape(self._input)

    @property
    def output_shape(self) -> list[int]:
        """Return the shape of the output."""
        return self._shape(self._output)

    def run(self, values: np.ndarray) -> np.ndarray:
        """Run the network once; raise WakeModelError if it fails."""
        source = np.ascontiguousarray(values, np.float32)
        result = np.empty(self.output_shape, np.float32)
        library = self._library
        failed = library.TfLiteTensorCopyFromBuffer(
            self._input, source.ctypes.data, source.nbytes
        )
        failed = failed or library.TfLiteInterpreterInvoke(self._interpreter)
        failed = failed or library.TfLiteTensorCopyToBuffer(
            self._output, result.ctypes.data, result.nbytes
        )
        if failed != _OK:
            msg = "TensorFlow Lite cannot run it"
            raise WakeModelError(msg)
        return result

    def __del__(self) -> None:
        """Free the memory of the library."""
        if self._interpreter:
            self._library.TfLiteInterpreterDelete(self._interpreter)
        if self._model:
            self._library.TfLiteModelDelete(self._model)

    def _of_another_type(self) -> str:
        """Return why a network that takes no floats cannot be used."""
        if self.input_shape[-1:] == [_MICRO_MEL_BANDS]:
            return (
                "it is a microWakeWord model, which runs on a microcontroller; "
                "openWakeWord models can be used here"
            )
        return "its input or output is not of type float"

    def _check(self, function: Any, verb: str) -> None:
        """Call a function of the interpreter; raise WakeModelError if it fails."""
        if function(self._interpreter) != _OK:
            msg = f"TensorFlow Lite cannot {verb} it: it uses unknown operations"
            raise WakeModelError(msg)

    def _shape(self, tensor: int) -> list[int]:
        """Return the shape of a tensor."""
        return [
            self._library.TfLiteTensorDim(tensor, axis)
            for axis in range(self._library.TfLiteTensorNumDims(tensor))
        ]

"""Store the weights of a model as 8-bit integers, as CTranslate2 does on loading.

A model is run with 8-bit weights whatever its file contains. Converting the file once
makes it half as large, and loading it no longer needs memory for both.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from hearken_speech.errors import HearkenError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_BINARY_VERSION: Final = 6
_TYPES: Final = ("<f4", "i1", "<i2", "<i4", "<f2")
_FLOAT32, _INT8, _FLOAT16 = 0, 1, 4
_MATRIX: Final = 2
"""Dimensions of the weights that are converted; convolutions have three."""
_LARGEST: Final = 127
_BLOCK_BYTES: Final = 1 << 20
_MAX_VARIABLES: Final = 100_000
_MAX_DIMENSIONS: Final = 8


class _UnknownFormatError(HearkenError):
    """The file is not one that this module can read."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """The header of a variable in a model file."""

    name: bytes
    shape: tuple[int, ...]
    kind: int
    byte_count: int

    @property
    def is_convertible(self) -> bool:
        """Return whether CTranslate2 would convert this variable on loading."""
        return (
            self.kind in {_FLOAT32, _FLOAT16}
            and len(self.shape) == _MATRIX
            and self.name.endswith(b"weight\0")
            and b"conv" not in self.name
        )


def quantize(source: Path, target: Path) -> bool:
    """Write a model file with 8-bit weights; return whether there was anything to do.

    The weights are exactly those that CTranslate2 computes when it loads the source
    with the compute type int8. A file in an unknown format is left as it is.
    """
    with source.open("rb") as model:
        try:
            head, variables = _read_headers(model)
        except _UnknownFormatError:
            return False
        converted = sum(variable.is_convertible for variable in variables)
        if not converted:
            return False
        with target.open("wb") as out:
            out.write(head)
            out.write(struct.pack("<I", len(variables) + converted))
            model.seek(len(head) + 4)
            for variable in variables:
                _read_header(model)
                if variable.is_convertible:
                    _convert(model, out, variable)
                else:
                    _write_header(out, variable)
                    _copy(model, out, variable.byte_count)
            # What follows are the names of variables that stand for others.
            while block := model.read(_BLOCK_BYTES):
                out.write(block)
            # An installed model has to be whole, even after a power cut.
            out.flush()
            os.fsync(out.fileno())
    return True


def _read_headers(model: BinaryIO) -> tuple[bytes, list[_Variable]]:
    """Return what precedes the variables of a file, and their headers."""
    (version,) = _unpack("<I", model)
    if version != _BINARY_VERSION:
        raise _UnknownFormatError
    name = _read_text(model)
    (revision,) = _unpack("<I", model)
    head = struct.pack("<IH", version, len(name)) + name + struct.pack("<I", revision)
    (count,) = _unpack("<I", model)
    if count > _MAX_VARIABLES:
        raise _UnknownFormatError
    variables = []
    for _ in range(count):
        variable = _read_header(model)
        model.seek(variable.byte_count, 1)
        variables.append(variable)
    return head, variables


def _read_header(model: BinaryIO) -> _Variable:
    """Read the header of one variable."""
    name = _read_text(model)
    (dimensions,) = _unpack("<B", model)
    if dimensions > _MAX_DIMENSIONS:
        raise _UnknownFormatError
    shape = _unpack(f"<{dimensions}I", model)
    kind, byte_count = _unpack("<BI", model)
    if kind < len(_TYPES):
        items = int(np.prod(shape, dtype=np.int64))
        if items * np.dtype(_TYPES[kind]).itemsize != byte_count:
            raise _UnknownFormatError
    return _Variable(name, shape, kind, byte_count)


def _convert(model: BinaryIO, out: BinaryIO, variable: _Variable) -> None:
    """Write a matrix as integers, followed by the scale of each row."""
    rows, columns = variable.shape
    integers = _Variable(variable.name, variable.shape, _INT8, rows * columns)
    _write_header(out, integers)
    kind = np.dtype(_TYPES[variable.kind])
    step = max(1, _BLOCK_BYTES // max(1, columns * kind.itemsize))
    scales = []
    for first in range(0, rows, step):
        count = min(step, rows - first)
        raw = model.read(count * columns * kind.itemsize)
        block = np.frombuffer(raw, kind).reshape(count, columns)
        values, scale = _quantize_rows(block.astype(np.float32))
        out.write(values.tobytes())
        scales.append(scale)
    scale = np.concatenate(scales) if scales else np.empty(0, np.float32)
    name = variable.name.removesuffix(b"\0") + b"_scale\0"
    _write_header(out, _Variable(name, (rows,), _FLOAT32, scale.nbytes))
    out.write(scale.tobytes())


def _quantize_rows(
    values: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the rows as integers, and by what each row was multiplied."""
    largest = np.abs(values).max(axis=1, initial=0.0)
    largest[largest == 0] = _LARGEST
    scale = np.float32(_LARGEST) / largest
    return np.rint(values * scale[:, np.newaxis]).astype(np.int8), scale


def _write_header(out: BinaryIO, variable: _Variable) -> None:
    """Write the header of one variable."""
    out.write(struct.pack("<H", len(variable.name)) + variable.name)
    out.write(struct.pack("<B", len(variable.shape)))
    out.write(struct.pack(f"<{len(variable.shape)}I", *variable.shape))
    out.write(struct.pack("<BI", variable.kind, variable.byte_count))


def _copy(model: BinaryIO, out: BinaryIO, byte_count: int) -> None:
    """Copy bytes from one file to another."""
    while byte_count > 0 and (block := model.read(min(byte_count, _BLOCK_BYTES))):
        out.write(block)
        byte_count -= len(block)


def _read_text(model: BinaryIO) -> bytes:
    """Read a text with its terminator."""
    (length,) = _unpack("<H", model)
    return model.read(length)


def _unpack(form: str, model: BinaryIO) -> tuple[Any, ...]:
    """Read numbers."""
    size = struct.calcsize(form)
    raw = model.read(size)
    if len(raw) != size:
        raise _UnknownFormatError
    return struct.unpack(form, raw)

"""Models in CTranslate2's format: read the embedded one, write ours."""

from __future__ import annotations

import json
import struct
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ctranslate2
import jax.numpy as jnp
import numpy as np
from ctranslate2.specs.whisper_spec import WhisperConfig, WhisperSpec

from training.model import Params, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from training.batches import Encode

EMBEDDED: Final = (
    Path(__file__).parents[1] / "addon/hearken_speech/models/hearken-commands-en.zip"
)
_TYPES: Final = ("<f4", "<i1", "<i2", "<i4", "<f2")
_KEPT: Final = ("tokenizer.json", "vocabulary.json", "preprocessor_config.json")


@dataclass(frozen=True)
class Packed:
    """The files of a model."""

    files: Mapping[str, bytes]

    @classmethod
    def read(cls, path: Path) -> Packed:
        """Read a model folder, or the zip file of one."""
        if path.is_dir():
            return cls({item.name: item.read_bytes() for item in path.iterdir()})
        with zipfile.ZipFile(path) as pack:
            return cls({name: pack.read(name) for name in pack.namelist()})

    def weights(self, phones: int) -> tuple[Shape, Params]:
        """Return the model's weights as arrays; those of the phonemes are new."""
        raw = dict(_variables(self.files["model.bin"]))
        layers = {name.split("/")[1] for name in raw if name.startswith("encoder/lay")}
        decoding = {
            name.split("/")[1] for name in raw if name.startswith("decoder/lay")
        }
        vocabulary, width = raw["decoder/embeddings/weight"].shape
        shape = Shape(
            width=width,
            heads=int(raw["encoder/num_heads"]),
            encoder_layers=sum(name.startswith("layer_") for name in layers) - 1,
            decoder_layers=sum(name.startswith("layer_") for name in decoding) - 1,
            vocabulary=vocabulary,
            phones=phones,
        )
        params = {
            ours: jnp.asarray(_ours(raw, theirs)) for ours, theirs in _names(shape)
        }
        rng = np.random.default_rng(0)
        head = rng.normal(0.0, width**-0.5, (width, phones + 1))
        params["phones"] = jnp.asarray(head, jnp.float32)
        params["phones.bias"] = jnp.zeros(phones + 1)
        return shape, params


def export(params: Params, shape: Shape, like: Packed, folder: Path) -> None:
    """Write a model as faster-whisper loads it, with the tokenizer of another one."""
    spec = WhisperSpec(
        shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads
    )
    for ours, theirs in _names(shape):
        owner: Any = spec
        *path, last = theirs.split("/")
        for part in path:
            owner = _part(owner, part)
        setattr(owner, last, _theirs(np.asarray(params[ours]), theirs))
    # The output matrix is the embedding matrix.
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    config = json.loads(like.files["config.json"])
    spec._config = WhisperConfig(**_known(config, shape))  # noqa: SLF001 - the converter's way
    vocabulary = json.loads(like.files["vocabulary.json"])
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="int8_float16")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    for name in _KEPT:
        (folder / name).write_bytes(like.files[name])


def encoder_of(start: Packed) -> Encode:
    """Return the encoder of a model as it will be used: with 8-bit weights."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in start.files.items():
            Path(folder, name).write_bytes(data)
        whisper = load(Path(folder))

    def encode(sound: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        features = np.ascontiguousarray(sound.transpose(0, 2, 1), np.float32)
        given = ctranslate2.StorageView.from_array(features)
        return np.array(whisper.encode(given, to_cpu=True))

    return encode


def load(folder: Path, threads: int = 1) -> Any:
    """Return an exported model, ready to recognize."""
    return ctranslate2.models.Whisper(
        str(folder), device="cpu", compute_type="int8", intra_threads=threads
    )


def _known(config: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the settings that match the weights."""
    last = shape.decoder_layers - 1
    heads = [[last, head] for head in range(shape.heads)]
    names = ("suppress_ids", "suppress_ids_begin", "lang_ids")
    return {**{name: config[name] for name in names}, "alignment_heads": heads}


def _variables(data: bytes) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Read every variable of a model.bin."""
    place = 0

    def number(form: str) -> int:
        nonlocal place
        value: int = struct.unpack_from(f"<{form}", data, place)[0]
        place += struct.calcsize(f"<{form}")
        return value

    def text() -> str:
        nonlocal place
        length = number("H")
        value = data[place : place + length - 1].decode()
        place += length
        return value

    number("I")
    text()
    number("I")
    for _ in range(number("I")):
        name = text()
        size = [number("I") for _ in range(number("B"))]
        kind, length = number("B"), number("I")
        raw = np.frombuffer(data, _TYPES[kind], length // int(_TYPES[kind][2]), place)
        place += length
        yield name, raw.reshape(size)


def _ours(raw: Mapping[str, np.ndarray[Any, Any]], name: str) -> np.ndarray[Any, Any]:
    """Return a variable in our layout."""
    value = raw[name].astype(np.float32)
    scale = raw.get(f"{name}_scale")
    if scale is not None:
        value = value / scale.reshape(-1, *[1] * (value.ndim - 1))
    if value.ndim == 3:
        return value.transpose(2, 1, 0).reshape(-1, value.shape[0])
    if "linear" in name and value.ndim == 2:
        return value.T
    return value


def _theirs(value: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """Return a weight in CTranslate2's layout."""
    value = np.array(value, np.float32)
    if "conv" in name and value.ndim == 2:
        size = (3, -1, value.shape[1])
        return np.ascontiguousarray(value.reshape(size).transpose(2, 1, 0))
    if "linear" in name and value.ndim == 2:
        return np.ascontiguousarray(value.T)
    return value


def _part(owner: Any, name: str) -> Any:
    """Return one part of the converter's specification; some are in lists."""
    if hasattr(owner, name):
        return getattr(owner, name)
    word, _, number = name.rpartition("_")
    return getattr(owner, word)[int(number)]


def _names(shape: Shape) -> Iterator[tuple[str, str]]:
    """Return our name and CTranslate2's for every exported weight."""
    for conv in ("conv1", "conv2"):
        yield f"encoder.{conv}", f"encoder/{conv}/weight"
        yield f"encoder.{conv}.bias", f"encoder/{conv}/bias"
    yield "encoder.positions", "encoder/position_encodings/encodings"
    yield "decoder.positions", "decoder/position_encodings/encodings"
    yield "decoder.embedding", "decoder/embeddings/weight"
    for side, layers in (
        ("encoder", shape.encoder_layers),
        ("decoder", shape.decoder_layers),
    ):
        yield from _norm_names(f"{side}.norm", f"{side}/layer_norm")
        for n in range(layers):
            yield from _layer_names(side, n)


def _layer_names(side: str, number: int) -> Iterator[tuple[str, str]]:
    """Return both names of the weights of one layer."""
    ours, theirs = f"{side}.{number}", f"{side}/layer_{number}"
    parts = {
        "self.qkv": "self_attention/linear_0",
        "self.out": "self_attention/linear_1",
        "feed.in": "ffn/linear_0",
        "feed.out": "ffn/linear_1",
    }
    norms = {"self.norm": "self_attention", "feed.norm": "ffn"}
    if side == "decoder":
        parts |= {
            "cross.q": "attention/linear_0",
            "cross.kv": "attention/linear_1",
            "cross.out": "attention/linear_2",
        }
        norms |= {"cross.norm": "attention"}
    for mine, other in parts.items():
        yield f"{ours}.{mine}", f"{theirs}/{other}/weight"
        yield f"{ours}.{mine}.bias", f"{theirs}/{other}/bias"
    for mine, other in norms.items():
        yield from _norm_names(f"{ours}.{mine}", f"{theirs}/{other}/layer_norm")


def _norm_names(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    """Return both names of a normalisation's weights."""
    yield f"{ours}.scale", f"{theirs}/gamma"
    yield f"{ours}.bias", f"{theirs}/beta"

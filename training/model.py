"""Whisper's architecture in JAX, small."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from training import layers
from training.features import MEL_BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

type Params = dict[str, jax.Array]
"""Weights by name. Matrices are (input, output); convolutions (3 * input, output)."""

SOURCE_POSITIONS: Final = 1500
TARGET_POSITIONS: Final = 448
_SINUSOID_SCALE: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large a model is."""

    width: int = 192
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 2
    vocabulary: int = 2150
    phones: int = 64
    """For the auxiliary loss; not part of the export."""

    def as_dict(self) -> dict[str, int]:
        """Return it as plain data."""
        return asdict(self)


def initial(shape: Shape, seed: int) -> Params:
    """Return initial random weights.

    They are scaled by their number of inputs and the sinusoids are small: with
    Whisper's usual initialisation the sound is far below the positions, and nothing
    is learned for a long time.
    """
    rng = np.random.default_rng(seed)
    params = {
        name: _initial_weight(rng, name, size) for name, size in sizes(shape).items()
    }
    params["encoder.positions"] = sinusoids(shape.width)
    return {name: jnp.asarray(value) for name, value in params.items()}


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the size of every weight."""
    return dict(_sizes(shape))


def _sizes(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name every weight with its size."""
    width = shape.width
    yield "encoder.conv1", (3 * MEL_BANDS, width)
    yield "encoder.conv1.bias", (width,)
    yield "encoder.conv2", (3 * width, width)
    yield "encoder.conv2.bias", (width,)
    yield "encoder.positions", (SOURCE_POSITIONS, width)
    for layer in range(shape.encoder_layers):
        yield from _layer_sizes(f"encoder.{layer}", width, cross=False)
    yield from _norm_sizes("encoder.norm", width)
    yield "decoder.embedding", (shape.vocabulary, width)
    yield "decoder.positions", (TARGET_POSITIONS, width)
    for layer in range(shape.decoder_layers):
        yield from _layer_sizes(f"decoder.{layer}", width, cross=True)
    yield from _norm_sizes("decoder.norm", width)
    yield "phones", (width, shape.phones + 1)
    yield "phones.bias", (shape.phones + 1,)


def _layer_sizes(
    prefix: str, width: int, *, cross: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name the weights of one layer."""
    parts = [("self.qkv", 3 * width), ("self.out", width)]
    if cross:
        parts += [("cross.q", width), ("cross.kv", 2 * width), ("cross.out", width)]
    for part, out in parts:
        yield f"{prefix}.{part}", (width, out)
        yield f"{prefix}.{part}.bias", (out,)
    yield from _norm_sizes(f"{prefix}.self.norm", width)
    if cross:
        yield from _norm_sizes(f"{prefix}.cross.norm", width)
    yield from _norm_sizes(f"{prefix}.feed.norm", width)
    yield f"{prefix}.feed.in", (width, 4 * width)
    yield f"{prefix}.feed.in.bias", (4 * width,)
    yield f"{prefix}.feed.out", (4 * width, width)
    yield f"{prefix}.feed.out.bias", (width,)


def _norm_sizes(prefix: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name the weights of one normalisation."""
    yield f"{prefix}.scale", (width,)
    yield f"{prefix}.bias", (width,)


def _initial_weight(
    rng: np.random.Generator, name: str, size: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    """Return one initial weight."""
    if name.endswith(".scale"):
        return np.ones(size, np.float32)
    if name.endswith(".bias"):
        return np.zeros(size, np.float32)
    fan_in = size[-1] if name == "decoder.embedding" else size[0]
    spread = 0.02 if name == "decoder.positions" else fan_in**-0.5
    return np.asarray(rng.normal(0.0, spread, size), np.float32)


def sinusoids(width: int) -> np.ndarray[Any, Any]:
    """Return the encoder's positions."""
    rates = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(SOURCE_POSITIONS)[:, None] * rates[None]
    table = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    return np.asarray(_SINUSOID_SCALE * table, np.float32)


def encode(params: Params, shape: Shape, mel: jax.Array) -> jax.Array:
    """Return the encoder's output (batch, frames / 2, width) for features."""
    x = _gelu(_conv(params, "encoder.conv1", mel, 1))
    x = _gelu(_conv(params, "encoder.conv2", x, 2))
    x = x + jax.lax.stop_gradient(params["encoder.positions"])[: x.shape[1]]
    for layer in range(shape.encoder_layers):
        name = f"encoder.{layer}"
        y = _norm(params, f"{name}.self.norm", x)
        x = x + _self_attention(params, f"{name}.self", y, shape.heads, None)
        x = x + _feed(params, name, x)
    return _norm(params, "encoder.norm", x)


def is_encoder(name: str) -> bool:
    """Return whether a weight belongs to the encoder, or to the phonemes after it."""
    return name.startswith(("encoder.", "phones"))


def decode(
    params: Params, shape: Shape, encoded: jax.Array, tokens: jax.Array
) -> jax.Array:
    """Return the logits after every token."""
    length = tokens.shape[1]
    x = params["decoder.embedding"][tokens] + params["decoder.positions"][:length]
    mask = jnp.where(jnp.tril(jnp.ones((length, length), bool)), 0.0, -1e9)
    for layer in range(shape.decoder_layers):
        name = f"decoder.{layer}"
        y = _norm(params, f"{name}.self.norm", x)
        x = x + _self_attention(params, f"{name}.self", y, shape.heads, mask)
        y = _norm(params, f"{name}.cross.norm", x)
        query = _linear(params, f"{name}.cross.q", y)
        key, value = jnp.split(_linear(params, f"{name}.cross.kv", encoded), 2, -1)
        seen = _attend(query, key, value, shape.heads, None)
        x = x + _linear(params, f"{name}.cross.out", seen)
        x = x + _feed(params, name, x)
    x = _norm(params, "decoder.norm", x)
    return x @ params["decoder.embedding"].T


def phone_logits(params: Params, encoded: jax.Array) -> jax.Array:
    """Return the auxiliary output: logits of the phonemes or none for every frame."""
    return _linear(params, "phones", encoded)


def _linear(params: Params, name: str, x: jax.Array) -> jax.Array:
    """Apply one matrix."""
    return layers.linear(x, params[name], params[f"{name}.bias"])


def _conv(params: Params, name: str, x: jax.Array, stride: int) -> jax.Array:
    """Apply a convolution over three frames."""
    padded = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
    count = (padded.shape[1] - 3) // stride + 1
    last = stride * (count - 1) + 1
    taps = [padded[:, k : k + last : stride] for k in range(3)]
    return _linear(params, name, jnp.concatenate(taps, axis=-1))


def _norm(params: Params, name: str, x: jax.Array) -> jax.Array:
    """Normalise every position."""
    return layers.norm(x, params[f"{name}.scale"], params[f"{name}.bias"])


def _feed(params: Params, name: str, x: jax.Array) -> jax.Array:
    """Apply the feed-forward part of a layer."""
    y = _norm(params, f"{name}.feed.norm", x)
    y = _gelu(_linear(params, f"{name}.feed.in", y))
    return _linear(params, f"{name}.feed.out", y)


def _self_attention(
    params: Params, name: str, x: jax.Array, heads: int, mask: jax.Array | None
) -> jax.Array:
    """Apply self-attention."""
    query, key, value = jnp.split(_linear(params, f"{name}.qkv", x), 3, -1)
    return _linear(params, f"{name}.out", _attend(query, key, value, heads, mask))


def _attend(
    query: jax.Array,
    key: jax.Array,
    value: jax.Array,
    heads: int,
    mask: jax.Array | None,
) -> jax.Array:
    """Return the attention output for every position."""
    size = query.shape[-1] // heads

    def by_head(x: jax.Array) -> jax.Array:
        return x.reshape(*x.shape[:2], heads, size).transpose(0, 2, 1, 3)

    allowed = jnp.zeros((1, 1)) if mask is None else mask
    scaled = by_head(query * size**-0.5)
    out = layers.attention(scaled, by_head(key), by_head(value), allowed)
    return out.transpose(0, 2, 1, 3).reshape(query.shape)


def _gelu(x: jax.Array) -> jax.Array:
    """Return Whisper's activation."""
    return jax.nn.gelu(x, approximate=True)

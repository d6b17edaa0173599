"""The three operations that take most of the time, with their derivatives.

The derivatives are written by hand because a processor spends more than half the time
of JAX's own on sums over all positions, which cost next to nothing as matrix products.
Products use 16-bit numbers if the machine multiplies those faster.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp

_EPSILON: Final = 1e-5
_PROCESSOR: Final = Path("/proc/cpuinfo")


@lru_cache(maxsize=1)
def fastest_dtype() -> Any:
    """Return the dtype that this machine multiplies fastest.

    This is queried late: programs that only make sounds should not open a graphics
    card.
    """
    halves = jax.default_backend() != "cpu" or (
        _PROCESSOR.exists() and "_bf16" in _PROCESSOR.read_text()
    )
    return jnp.bfloat16 if halves else jnp.float32


def product(a: jax.Array, b: jax.Array, over: tuple[int, int]) -> jax.Array:
    """Return the product of two matrices, summed over an axis of each."""
    a, b = a.astype(fastest_dtype()), b.astype(fastest_dtype())
    axes = (((over[0],), (over[1],)), ((), ()))
    return jax.lax.dot_general(a, b, axes, preferred_element_type=jnp.float32)


def _flat(x: jax.Array) -> jax.Array:
    """Return all positions of a batch as rows."""
    return x.reshape(-1, x.shape[-1])


def _summed(rows: jax.Array) -> jax.Array:
    """Return the sum of all rows."""
    return (jnp.ones((1, rows.shape[0]), rows.dtype) @ rows)[0]


def _over_positions(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the sum over all rows of their outer products.

    The narrower matrix is first transposed in memory: by default, XLA multiplies
    along the columns, which takes twice as long.
    """
    if a.shape[1] > b.shape[1]:
        return jax.lax.optimization_barrier(_over_positions(b, a)).T
    turned = jax.lax.optimization_barrier(a.astype(fastest_dtype()).T.reshape(-1))
    return product(turned.reshape(a.shape[::-1]), b, (1, 0))


def _linear(x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    """Return x (batch, positions, in) times a weight (in, out), plus a bias."""
    out = product(_flat(x), weight, (1, 0))
    return out.reshape(*x.shape[:-1], -1) + bias


def _linear_forward(
    x: jax.Array, weight: jax.Array, bias: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """Return the result and the values needed for the derivative."""
    return _linear(x, weight, bias), (x, weight)


def _linear_backward(
    kept: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the derivatives of a product."""
    x, weight = kept
    rows = _flat(gradient)
    of_x = product(rows, weight, (1, 1)).reshape(x.shape)
    return of_x, _over_positions(_flat(x), rows), _summed(rows)


linear: Final = jax.custom_vjp(_linear)
linear.defvjp(_linear_forward, _linear_backward)


def _norm(x: jax.Array, scale: jax.Array, bias: jax.Array) -> jax.Array:
    """Return x, normalised at every position."""
    return _norm_forward(x, scale, bias)[0]


def _norm_forward(
    x: jax.Array, scale: jax.Array, bias: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array, jax.Array]]:
    """Return the result and the values needed for the derivative."""
    centred = x - x.mean(-1, keepdims=True)
    spread = jnp.square(centred).mean(-1, keepdims=True)
    inverse = jax.lax.rsqrt(spread + _EPSILON)
    normal = centred * inverse
    return normal * scale + bias, (normal, inverse, scale)


def _norm_backward(
    kept: tuple[jax.Array, jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the derivatives of a normalisation."""
    normal, inverse, scale = kept
    inner = gradient * scale
    along = (inner * normal).mean(-1, keepdims=True)
    of_x = inverse * (inner - inner.mean(-1, keepdims=True) - normal * along)
    return of_x, _summed(_flat(gradient * normal)), _summed(_flat(gradient))


norm: Final = jax.custom_vjp(_norm)
norm.defvjp(_norm_forward, _norm_backward)


def _by_head(a: jax.Array, b: jax.Array, over: tuple[int, int]) -> jax.Array:
    """Return the matrix products per clip and head."""
    return jax.lax.dot_general(a, b, (((over[0],), (over[1],)), ((0, 1), (0, 1))))


def _attention(
    query: jax.Array, key: jax.Array, value: jax.Array, mask: jax.Array
) -> jax.Array:
    """Return the attention output for every position.

    All arrays are (batch, heads, positions, size); the query is already scaled and the
    mask is added to the scores.
    """
    return _attention_forward(query, key, value, mask)[0]


def _attention_forward(
    query: jax.Array, key: jax.Array, value: jax.Array, mask: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """Return the result and the values needed for the derivative."""
    scores = _by_head(query, key, (3, 3)) + mask
    raised = jnp.exp(scores - scores.max(-1, keepdims=True))
    weights = raised / raised.sum(-1, keepdims=True)
    return _by_head(weights, value, (3, 2)), (query, key, value, weights, mask)


def _attention_backward(
    kept: tuple[jax.Array, ...], gradient: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, Any]:
    """Return the derivatives of attention; the mask is not learned."""
    query, key, value, weights, mask = kept
    of_value = _by_head(weights, gradient, (2, 2))
    of_weights = _by_head(gradient, value, (3, 3))
    mean = (of_weights * weights).sum(-1, keepdims=True)
    of_scores = weights * (of_weights - mean)
    of_query = _by_head(of_scores, key, (3, 2))
    of_key = _by_head(of_scores, query, (2, 2))
    return of_query, of_key, of_value, jnp.zeros_like(mask)


attention: Final = jax.custom_vjp(_attention)
attention.defvjp(_attention_forward, _attention_backward)

"""Muon for the hidden matrices, AdamW for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from training.model import Params

FIXED: Final = frozenset({"encoder.positions"})
_ADAM: Final = (0.9, 0.98)
_ADAM_EPSILON: Final = 1e-8
_MOMENTUM: Final = 0.95
_DECAY: Final = 0.01
_CLIP: Final = 1.0
_NEWTON_SCHULZ: Final = (3.4445, -4.7750, 2.0315)


class State(NamedTuple):
    """The state of the optimiser."""

    step: jax.Array
    first: Params
    second: Params
    average: Params
    """The moving average of the weights, which is exported."""


def start(params: Params) -> State:
    """Return the state before the first step."""

    def zeros() -> Params:
        return {name: jnp.zeros_like(value) for name, value in params.items()}

    # Copies everything: a step reuses the memory of its arguments.
    average = {name: jnp.copy(value) for name, value in params.items()}
    return State(jnp.zeros((), jnp.int32), zeros(), zeros(), average)


def by_muon(name: str, value: jax.Array) -> bool:
    """Return whether a weight is a hidden matrix."""
    hidden = name.startswith(("encoder.", "decoder."))
    inner = not name.endswith(("embedding", "positions", "bias", "scale"))
    return hidden and inner and value.ndim == 2


class Pace(NamedTuple):
    """How far one step goes."""

    rate: jax.Array
    keep: jax.Array
    """How much of the average is kept."""


def update(
    params: Params, gradients: Params, state: State, pace: Pace, *, muon: bool = True
) -> tuple[Params, State]:
    """Return weights and state after one step; without Muon, by AdamW alone."""
    rate, keep = pace
    square = sum(jnp.sum(jnp.square(g)) for g in gradients.values())
    scale = jnp.minimum(1.0, _CLIP / (jnp.sqrt(square) + 1e-6))
    # A step with invalid numbers is skipped.
    scale = jnp.where(jnp.isfinite(square), scale, 0.0)
    step = state.step + 1
    first, second, changed = {}, {}, {}
    for name, value in params.items():
        gradient = jnp.nan_to_num(gradients[name]) * scale
        if name in FIXED:
            first[name], second[name] = state.first[name], state.second[name]
            changed[name] = value
        elif muon and by_muon(name, value):
            first[name] = _MOMENTUM * state.first[name] + gradient
            second[name] = state.second[name]
            direction = _orthogonal(gradient + _MOMENTUM * first[name])
            size = 0.2 * max(value.shape) ** 0.5
            moved = value * (1 - rate * _DECAY) - rate * size * direction
            changed[name] = moved
        else:
            beta1, beta2 = _ADAM
            first[name] = beta1 * state.first[name] + (1 - beta1) * gradient
            second[name] = beta2 * state.second[name] + (1 - beta2) * gradient**2
            mean = first[name] / (1 - beta1**step)
            spread = jnp.sqrt(second[name] / (1 - beta2**step)) + _ADAM_EPSILON
            changed[name] = value - rate * mean / spread
    average = {
        name: keep * state.average[name] + (1 - keep) * changed[name] for name in params
    }
    return changed, State(step, first, second, average)


def _orthogonal(matrix: jax.Array) -> jax.Array:
    """Return roughly the nearest matrix with equal singular values."""
    a, b, c = _NEWTON_SCHULZ
    turned = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if turned else matrix
    x = x / (jnp.linalg.norm(x) + 1e-7)
    for _ in range(4):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if turned else x

"""The losses to minimise."""

from __future__ import annotations

from typing import Final

import jax
import jax.numpy as jnp

IGNORED: Final = -1
"""A target that does not count."""
_IMPOSSIBLE: Final = -1e9


def cross_entropy(
    logits: jax.Array, targets: jax.Array, smoothing: float = 0.05
) -> jax.Array:
    """Return the mean cross entropy of the tokens that count."""
    log = jax.nn.log_softmax(logits, axis=-1)
    counts = targets != IGNORED
    wanted = jnp.where(counts, targets, 0)
    right = jnp.take_along_axis(log, wanted[..., None], axis=-1)[..., 0]
    loss = -(1.0 - smoothing) * right - smoothing * log.mean(-1)
    return jnp.sum(loss * counts) / jnp.maximum(1, counts.sum())


def ctc(
    logits: jax.Array, frames: jax.Array, labels: jax.Array, lengths: jax.Array
) -> jax.Array:
    """Return the mean CTC loss per label; label 0 is the blank.

    ``frames`` is the number of frames with sound in each clip.
    """
    log = jax.nn.log_softmax(logits, axis=-1)
    batch, count = labels.shape
    places = 2 * count + 1
    extended = jnp.zeros((batch, places), labels.dtype).at[:, 1::2].set(labels)
    skip = jnp.zeros((batch, places), bool)
    skip = skip.at[:, 3::2].set(labels[:, 1:] != labels[:, :-1])
    emitted = jnp.take_along_axis(log, extended[:, None, :], axis=2)
    start = jnp.where(jnp.arange(places) < 2, emitted[:, 0], _IMPOSSIBLE)

    def shifted(alpha: jax.Array, by: int) -> jax.Array:
        return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=_IMPOSSIBLE)[:, :-by]

    def step(
        alpha: jax.Array, now: tuple[jax.Array, jax.Array]
    ) -> tuple[jax.Array, None]:
        emission, time = now
        ways = jnp.stack(
            [alpha, shifted(alpha, 1), jnp.where(skip, shifted(alpha, 2), _IMPOSSIBLE)]
        )
        after = jax.nn.logsumexp(ways, axis=0) + emission
        return jnp.where((time < frames)[:, None], after, alpha), None

    times = jnp.arange(1, log.shape[1])
    final, _ = jax.lax.scan(step, start, (emitted[:, 1:].swapaxes(0, 1), times))
    ends = jnp.stack([2 * lengths, jnp.maximum(0, 2 * lengths - 1)], axis=1)
    total = jax.nn.logsumexp(jnp.take_along_axis(final, ends, axis=1), axis=1)
    usable = (lengths > 0) & (total > _IMPOSSIBLE / 2)
    loss = jnp.where(usable, -total / jnp.maximum(1, lengths), 0.0)
    return loss.sum() / jnp.maximum(1, usable.sum())

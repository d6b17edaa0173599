"""Train a model, with checkpoints and checks against the development set."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from training import files, model, optimiser
from training.batches import Ahead, Batches, Corpus, Mix
from training.losses import cross_entropy, ctc
from training.optimiser import Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.batches import Batch, Encode
    from training.model import Params, Shape
    from training.tokens import Tokens

_REPORT_STEPS: Final = 20
_SAVE_SECONDS: Final = 120.0
_WARM_STEPS: Final = 100
_FINAL_SHARE: Final = 0.3
"""Of the time, at the end: more long windows."""
_FINAL_LONG_SHARE: Final = 0.2
_CTC_WEIGHT: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The length and rates of a training."""

    minutes: float | None = None
    steps: int | None = None
    rate: float = 1.5e-3
    keep: float = 0.998
    """The decay of the averaged weights, per step."""
    check_minutes: float = 8.0
    mix: Mix = field(default_factory=Mix)
    seed: int = 1


@dataclass
class Progress:
    """The progress of a training, stored with the weights."""

    steps: int = 0
    clips: int = 0
    seconds: float = 0.0
    runs: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def loss_of(
    params: Params, shape: Shape, batch: tuple[jax.Array, ...]
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """Return the loss and its two parts."""
    mel, tokens, targets, phones, phone_lengths, frames = batch
    encoded = model.encode(params, shape, mel)
    text = cross_entropy(model.decode(params, shape, encoded, tokens), targets)
    logits = model.phone_logits(params, encoded)
    sound = ctc(logits, frames, phones, phone_lengths)
    return text + _CTC_WEIGHT * sound, (text, sound)


@partial(jax.jit, static_argnames="shape")
def decoder_gradients_of(
    params: Params, shape: Shape, batch: tuple[jax.Array, ...]
) -> tuple[Params, jax.Array]:
    """Return the decoder's gradients for a batch that is encoded already."""
    encoded, tokens, targets, *_ = batch

    def loss(params: Params) -> jax.Array:
        return cross_entropy(model.decode(params, shape, encoded, tokens), targets)

    value, gradients = jax.value_and_grad(loss)(params)
    return gradients, jnp.stack([value, jnp.zeros_like(value)])


@partial(jax.jit, static_argnames="shape")
def gradients_of(
    params: Params, shape: Shape, batch: tuple[jax.Array, ...]
) -> tuple[Params, jax.Array]:
    """Return the gradients and the parts of the loss; compiled once per window size."""
    gradients, parts = jax.grad(loss_of, has_aux=True)(params, shape, batch)
    return gradients, jnp.stack(parts)


_update = jax.jit(optimiser.update, donate_argnums=(0, 2), static_argnames="muon")


def _kept(plan: Plan, steps: int) -> float:
    """Return how much of the average is kept in a step: less while there are few."""
    return min(plan.keep, (steps + 1) / (steps + 10))


class Trainer:
    """Owns the weights while they learn."""

    def __init__(
        self,
        shape: Shape,
        params: Params,
        tokens: Tokens,
        folder: Path,
        alphabet: list[str],
    ) -> None:
        """Set the initial weights, and the phonemes that they distinguish."""
        self._encode: Encode | None = None
        self._fixed: Params = {}
        self.shape = shape
        self.alphabet = alphabet
        self.interrupted = False
        """Set from outside, it ends the learning after this step."""
        self.params = params
        self.state = optimiser.start(params)
        self.progress = Progress()
        self._tokens = tokens
        self._folder = folder
        self._seconds_before = 0.0

    def keep_encoder(self, encode: Encode) -> None:
        """Train only the decoder, on what a finished encoder gives."""

        def decoder(values: Params) -> Params:
            return {k: v for k, v in values.items() if not model.is_encoder(k)}

        self._encode = encode
        self._fixed = {k: v for k, v in self.params.items() if model.is_encoder(k)}
        self.params = decoder(self.params)
        self.state = optimiser.State(
            self.state.step,
            decoder(self.state.first),
            decoder(self.state.second),
            decoder(self.state.average),
        )

    @property
    def averaged(self) -> Params:
        """Return the averaged weights, which are exported."""
        return self._fixed | self.state.average

    def run(
        self, corpus: Corpus, plan: Plan, check: Callable[[Params], dict[str, float]]
    ) -> bool:
        """Train until the time is over or the steps are done; return whether so."""
        progress = self.progress
        progress.runs += 1
        self._seconds_before = progress.seconds
        final = replace(
            plan.mix,
            long_share=max(plan.mix.long_share, _FINAL_LONG_SHARE),
            full_share=3 * plan.mix.full_share,
        )
        seed = plan.seed * 1000 + progress.runs
        ahead = self._ahead(corpus, plan.mix, seed)
        late = False
        began, before = time.monotonic(), progress.seconds
        checked = saved = reported = began
        parts: list[jax.Array] = []
        clips = 0
        try:
            while (share := self._share(plan)) < 1.0 and not self.interrupted:
                if share > 1 - _FINAL_SHARE and not late:
                    late = True
                    ahead.close()
                    ahead = self._ahead(corpus, final, seed + 500)
                batch = ahead.next()
                losses = self._step(batch, plan, share)
                parts.append(losses)
                progress.steps += 1
                clips += len(batch.mel)
                if len(parts) == _REPORT_STEPS:
                    now = time.monotonic()
                    text, sound = np.mean(np.asarray(jnp.stack(parts)), axis=0)
                    self._report(text, sound, clips / (now - reported), share)
                    progress.clips += clips
                    parts, clips, reported = [], 0, now
                now = time.monotonic()
                progress.seconds = before + now - began
                if now - checked > plan.check_minutes * 60:
                    self._check(check)
                    checked = saved = reported = time.monotonic()
                elif now - saved > _SAVE_SECONDS:
                    self.save()
                    saved = time.monotonic()
        finally:
            ahead.close()
            progress.clips += clips
        if self.interrupted:
            self.save()
            return False
        self._check(check)
        return True

    def _step(self, batch: Batch, plan: Plan, share: float) -> jax.Array:
        """Change the weights after one batch and return its losses."""
        arrays = tuple(jnp.asarray(array) for array in batch.arrays())
        of = gradients_of if self._encode is None else decoder_gradients_of
        gradients, losses = of(self.params, self.shape, arrays)
        self.params, self.state = _update(
            self.params,
            gradients,
            self.state,
            Pace(
                jnp.float32(self._rate(plan, share)),
                jnp.float32(_kept(plan, self.progress.steps)),
            ),
            muon=self._encode is None,
        )
        return losses

    def _ahead(self, corpus: Corpus, mix: Mix, seed: int) -> Ahead:
        """Start preparing batches."""
        return Ahead(Batches(corpus, self._tokens, mix, seed, self._encode))

    def save(self) -> None:
        """Write a checkpoint from which training can continue."""
        arrays: dict[str, Any] = {"step": self.state.step}
        for group, values in (
            ("params", self._fixed | self.params),
            ("first", self.state.first),
            ("second", self.state.second),
            ("average", self.state.average),
        ):
            arrays.update({f"{group}:{name}": value for name, value in values.items()})
        known = {
            "shape": self.shape.as_dict(),
            "progress": asdict(self.progress),
            "alphabet": self.alphabet,
        }
        arrays["known"] = json.dumps(known)
        self._folder.mkdir(parents=True, exist_ok=True)
        files.write(
            self._folder / "checkpoint.npz", lambda part: np.savez(part, **arrays)
        )

    @classmethod
    def resumed(cls, tokens: Tokens, folder: Path) -> Trainer:
        """Return the trainer of the last checkpoint."""
        with np.load(folder / "checkpoint.npz") as saved:
            known = json.loads(str(saved["known"]))
            groups: dict[str, Params] = {}
            for key in saved.files:
                group, _, name = key.partition(":")
                if name:
                    groups.setdefault(group, {})[name] = jnp.asarray(saved[key])
            step = jnp.asarray(saved["step"])
        shape = model.Shape(**known["shape"])
        trainer = cls(shape, groups["params"], tokens, folder, known["alphabet"])
        trainer.state = optimiser.State(
            step, groups["first"], groups["second"], groups["average"]
        )
        trainer.progress = Progress(**known["progress"])
        return trainer

    def _check(self, check: Callable[[Params], dict[str, float]]) -> None:
        """Score the averaged weights and keep the best."""
        progress = self.progress
        figures = check(self.averaged)
        progress.history.append(
            {
                "steps": progress.steps,
                "clips": progress.clips,
                "seconds": round(progress.seconds),
                **figures,
            }
        )
        print(f"check: {progress.history[-1]}", flush=True)
        self.save()

    def _share(self, plan: Plan) -> float:
        """Return the share of the work that is done, 0 to 1."""
        if plan.steps is not None:
            return self.progress.steps / plan.steps
        total = self._seconds_before / 60 + (plan.minutes or 1.0)
        return self.progress.seconds / 60 / total

    def _rate(self, plan: Plan, share: float) -> float:
        """Return the learning rate: a quick rise, then a decline to zero."""
        warm = min(1.0, (self.progress.steps + 1) / _WARM_STEPS)
        return plan.rate * warm * max(0.01, 1.0 - share)

    def _report(self, text: float, sound: float, speed: float, share: float) -> None:
        """Print the progress."""
        print(
            f"step {self.progress.steps} ({share:.1%}): text {text:.3f}, "
            f"phonemes {sound:.3f}, {speed:.0f} clips/s",
            flush=True,
        )

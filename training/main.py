"""Make a speech model: generate sounds, train, export.

Without options, make a small one in a few minutes to prove that everything works: two
dozen sentences by three voices, trained from scratch.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import jax

from training import corpus as corpora
from training import files, model, packed, people, shrink, weights
from training.augment import NONE
from training.batches import Corpus, Mix, alphabet_of
from training.corpus import CorpusPlan
from training.evaluate import Development
from training.language import known_languages
from training.model import Params, Shape
from training.packed import Packed
from training.scoring import rank
from training.texts import Kind, Split, TextSource
from training.tokens import Tokens
from training.train import Plan, Trainer
from training.voices import missing, parse

BUILD: Final = Path(__file__).parents[1] / "build" / "training"
SMALL_VOICES: Final = ("espeak:en-us", "flite:slt", "flite:kal16")
SMALL_SENTENCES: Final = 24
SMALL_SHAPE: Final = Shape(width=128, encoder_layers=3, decoder_layers=1)
GPU_SHAPE: Final = Shape(width=288, heads=6, encoder_layers=8, decoder_layers=3)
"""What fits into 16 MB; there is no weight to start from."""
WHISPER: Final = "tiny.en"
"""Its encoder knows people, of whom there is no recording to train on."""
_START: Final = "start.json"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings of one model."""

    corpus: CorpusPlan
    plan: Plan
    shape: Shape | None
    """None to start from the weights of another model."""
    keeps_encoder: bool = False


def main() -> int:
    """Make the model that the command line asks for."""
    options = _options()
    if absent := missing():
        print(f"these voices are missing: {', '.join(absent)}", file=sys.stderr)
        return 1
    jax.config.update("jax_compilation_cache_dir", str(BUILD / "compiled"))
    recipe = _full(options) if options.full else _small(options)
    name = options.language if options.full else "small"
    folder = options.folder or BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    begun = (folder / "checkpoint.npz").exists()
    if not _is_free(folder, begun=begun, resume=options.resume):
        return 1
    # Errors should show before the sounds are made, which takes long.
    start = _start(options)
    sounds = options.corpus or BUILD / f"corpus-{name}"
    print(f"training on: {jax.default_backend()}", flush=True)
    # As with Ctrl-C: the worker programs stop with this one.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        manifest = corpora.make(recipe.corpus, sounds, options.workers)
    except KeyboardInterrupt:
        print(f"interrupted; the next run continues with the sounds in {sounds}")
        return 130
    print(json.dumps(manifest, indent=1), flush=True)
    tokens = Tokens(start.files["tokenizer.json"])
    resumable = options.resume and begun
    if options.resume and not begun:
        print(f"nothing to resume in {folder}: starting from the beginning", flush=True)
    if resumable:
        trainer = Trainer.resumed(tokens, folder)
    else:
        trainer = _new_trainer(recipe, start, tokens, folder, sounds)
        _note_start(folder, options, recipe)
    development = _development(recipe, options.language)
    best = Best(trainer.shape, start, tokens, development, folder)
    if recipe.shape is None and not resumable:
        # A run without improvement keeps the weights it started from.
        print(f"starting from: {best.check(trainer.averaged)}", flush=True)
    corpus = Corpus(sounds, tokens, trainer.alphabet, people.noise())
    plan = _prepared(trainer, recipe, options, start)
    began = time.monotonic()
    if not trainer.run(corpus, plan, best.check):
        print(f"interrupted after step {trainer.progress.steps}; --resume continues")
        return 130
    report = {"seed": options.seed} | _report(trainer, manifest, plan, folder)
    files.write_text(folder / "report.json", json.dumps(report, indent=1) + "\n")
    minutes = (time.monotonic() - began) / 60
    print(f"trained for {minutes:.1f} min; the model is in {folder / 'model'}")
    if kept := best.kept():
        print(
            f"development set: {kept['exact']:.0%} of the sentences exact, "
            f"{kept['word_error']:.1%} word errors"
        )
    return 0


def _is_free(folder: Path, *, begun: bool, resume: bool) -> bool:
    """Return whether a model can be made in a folder; print a message if not."""
    if resume if begun else not (folder / "model").exists():
        return True
    way = "add --resume to continue, " if begun else ""
    print(
        f"{folder} already contains a model: {way}remove it, or name another --folder",
        file=sys.stderr,
    )
    return False


def _report(
    trainer: Trainer, manifest: dict[str, Any], plan: Plan, folder: Path
) -> dict[str, Any]:
    """Return a report on a finished training."""
    return {
        "start": _start_of(folder),
        "rate": plan.rate,
        "corpus": manifest,
        "steps": trainer.progress.steps,
        "clips": trainer.progress.clips,
        "minutes": round(trainer.progress.seconds / 60, 1),
        "device": jax.default_backend(),
        "shape": trainer.shape.as_dict(),
        "checks": trainer.progress.history,
    }


class Best:
    """Export every checked checkpoint and keep the best one."""

    def __init__(
        self,
        shape: Shape,
        like: Packed,
        tokens: Tokens,
        development: Development,
        folder: Path,
    ) -> None:
        """Set what an export needs."""
        self._shape, self._like, self._tokens = shape, like, tokens
        self._development = development
        self._folder = folder
        self._model = folder / "model"
        self._figures = folder / "best.json"
        files.recover(self._model)

    def check(self, params: Params) -> dict[str, float]:
        """Export weights, score them, and keep them if they are better."""
        latest = self._folder / "latest"
        packed.export(params, self._shape, self._like, latest)
        figures = self._development.check(latest, self._tokens)
        before = self.kept()
        if before is None or rank(figures) < rank(before):
            files.copy_folder(latest, self._model)
            self._note(figures)
        return figures

    def kept(self) -> dict[str, float] | None:
        """Return the score of the kept model, or None if there is none."""
        if not (self._model / "model.bin").exists():
            return None
        if self._figures.exists():
            noted: dict[str, Any] = json.loads(self._figures.read_text())
            if noted.pop("of", None) == _digest(self._model):
                return noted
        # The run was interrupted between writing the model and its score.
        figures = self._development.check(self._model, self._tokens)
        self._note(figures)
        return figures

    def _note(self, figures: dict[str, float]) -> None:
        """Store the score and the digest of the kept model."""
        noted = {**figures, "of": _digest(self._model)}
        files.write_text(self._figures, json.dumps(noted))


def _prepared(
    trainer: Trainer, recipe: Recipe, options: argparse.Namespace, start: Packed
) -> Plan:
    """Make a trainer ready to run, and return the plan for it."""
    if recipe.keeps_encoder:
        trainer.keep_encoder(packed.encoder_of(start))
    _stop_on_signals(trainer)
    if options.until is None:
        return recipe.plan
    return replace(recipe.plan, minutes=_minutes_until(options.until))


def _start(options: argparse.Namespace) -> Packed:
    """Return the model to start from; every one has the files for the export."""
    start = Packed.read(options.start)
    if not options.from_whisper:
        return start
    whisper = Packed.read(weights.whisper_folder())
    return shrink.as_packed(whisper, start, options.language)


def _note_start(folder: Path, options: argparse.Namespace, recipe: Recipe) -> None:
    """Store the origin of the initial weights; null if they are random."""
    origin: str | None = f"{options.start.name}, sha256 {_digest(options.start)}"
    if recipe.shape is not None or options.from_whisper:
        origin = WHISPER if options.from_whisper else None
    files.write_text(folder / _START, json.dumps(origin))


def _start_of(folder: Path) -> str | None:
    """Return the origin of a model's initial weights, or None if they are random."""
    try:
        origin: str | None = json.loads((folder / _START).read_text())
    except FileNotFoundError:
        return "unknown"
    return origin


def _stop_on_signals(trainer: Trainer) -> None:
    """Stop after the current step on a signal, and immediately on the second one."""

    def stop(number: int, _: object) -> None:
        trainer.interrupted = True
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _digest(path: Path) -> str:
    """Return a digest that identifies a model."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _new_trainer(
    recipe: Recipe, start: Packed, tokens: Tokens, folder: Path, sounds: Path
) -> Trainer:
    """Return a trainer that has not seen this corpus."""
    alphabet = alphabet_of(sounds)
    if recipe.shape is None:
        shape, params = start.weights(len(alphabet))
    else:
        shape = replace(recipe.shape, vocabulary=tokens.size, phones=len(alphabet))
        params = model.initial(shape, recipe.plan.seed)
    return Trainer(shape, params, tokens, folder, alphabet)


def _development(recipe: Recipe, language: str) -> Development:
    """Return the set for choosing checkpoints."""
    if recipe.corpus.sentences is None:
        return Development.make(language)
    source = TextSource(language, recipe.corpus.seed)
    texts = source.different(
        {Kind.CASUAL: 1.0}, Split.TRAINING, recipe.corpus.sentences
    )
    voices = [parse(label) for label in recipe.corpus.voices or SMALL_VOICES]
    return Development.of([text.words for text in texts], voices)


def _small(options: argparse.Namespace) -> Recipe:
    """Return the settings of the small model."""
    return Recipe(
        corpus=CorpusPlan(
            language=options.language,
            clips=options.clips or 480,
            seed=options.seed,
            sentences=SMALL_SENTENCES,
            voices=SMALL_VOICES,
        ),
        plan=Plan(
            steps=options.steps or 500,
            rate=options.rate or 3e-3,
            keep=0.98,
            check_minutes=3.0,
            mix=Mix(empty_share=0.02, long_share=0.15, full_share=0.0, strength=NONE),
            seed=options.seed,
        ),
        shape=SMALL_SHAPE,
    )


def _full(options: argparse.Namespace) -> Recipe:
    """Return the settings of the model that ships with Hearken."""
    gpu = jax.default_backend() != "cpu"
    shape = None
    if gpu or options.from_scratch:
        shape = GPU_SHAPE if gpu else Shape()
    minutes = options.minutes or (60.0 if gpu else 240.0)
    return Recipe(
        corpus=CorpusPlan(
            language=options.language,
            clips=options.clips or (150_000 if gpu else 36_000),
            seed=options.seed,
            neural_share=options.neural,
        ),
        plan=Plan(
            minutes=minutes,
            steps=options.steps,
            rate=options.rate or _rate(options, shape),
            mix=Mix(scale=8 if gpu else 1),
            seed=options.seed,
        ),
        shape=shape,
        keeps_encoder=shape is None and not options.whole,
    )


def _rate(options: argparse.Namespace, shape: Shape | None) -> float:
    """Return the highest learning rate."""
    if shape is not None:
        return 3e-3
    return 1.5e-3 if options.whole else 4e-4


def _minutes_until(clock: dt.time) -> float:
    """Return the minutes until a time of day."""
    now = dt.datetime.now().astimezone()
    then = dt.datetime.combine(now.date(), clock, now.tzinfo)
    if then <= now:
        then += dt.timedelta(days=1)
    return (then - now).total_seconds() / 60


def _options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser("training/run", description=__doc__)
    add = parser.add_argument
    add("--full", action="store_true", help="make the model that ships with Hearken")
    add("--resume", action="store_true", help="continue from the last checkpoint")
    add("--from-whisper", action="store_true", help=f"start from a part of {WHISPER}")
    add("--whole", action="store_true", help="train the encoder as well")
    add("--from-scratch", action="store_true", help="start from random weights")
    add("--minutes", type=_more_than_nothing, help="training time, with --full")
    add(
        *("--until",),
        type=dt.time.fromisoformat,
        metavar="HH:MM",
        help="train until this time of day, with --full",
    )
    add("--steps", type=_count, help="number of training steps")
    add("--rate", type=_more_than_nothing, help="peak learning rate")
    add("--clips", type=_count, help="number of clips to make")
    add("--neural", type=float, default=0.3, help="share of neural voices in clips")
    add("--seed", type=int, default=1)
    add("--language", default="en")
    add("--start", type=Path, help="initial model, with --full")
    add("--folder", type=Path, help="folder for checkpoints and the model")
    add("--corpus", type=Path, help="folder for the sounds")
    add("--workers", type=_count, help="processes that make sounds, one per core")
    options = parser.parse_args()
    if options.from_whisper and (options.from_scratch or not options.full):
        parser.error("--from-whisper is for --full, and not for --from-scratch")
    if not options.full and (options.minutes or options.until):
        parser.error("--minutes and --until are for --full; the small one has --steps")
    if sum(map(bool, (options.steps, options.minutes, options.until))) > 1:
        parser.error("give one of --steps, --minutes and --until")
    if options.start is not None and (
        options.from_scratch or not options.full or jax.default_backend() != "cpu"
    ):
        parser.error(
            "--start is for --full on a processor: this one learns from nothing"
        )
    options.start = options.start or packed.EMBEDDED
    if not options.start.exists():
        parser.error(f"there is no model at {options.start}")
    if options.language not in known_languages():
        known = ", ".join(known_languages())
        parser.error(f"sentences are there for: {known}. training/README.md has more")
    return options


def _count(text: str) -> int:
    """Parse a positive integer."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _more_than_nothing(text: str) -> float:
    """Parse a number above zero."""
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(text)
    return value


if __name__ == "__main__":
    sys.exit(main())

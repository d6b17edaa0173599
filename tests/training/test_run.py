"""Test making the small model from start to finish."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hearken_speech.audio import wav
from tests.speech.sounds import spoken

ROOT = Path(__file__).parents[2]
# One worker runs all of them: they share the model and the environment.
pytestmark = [pytest.mark.xdist_group("training"), pytest.mark.long]
CLIPS, STEPS = 120, 120
# A separate program: faster-whisper's progress bar leaves a thread behind.
TRANSCRIBE = """
import sys, wave
import numpy as np
from faster_whisper import WhisperModel
data = wave.open(sys.argv[2]).readframes(10**6)
sound = np.frombuffer(data, np.int16).astype(np.float32) / 32768
model = WhisperModel(sys.argv[1], device="cpu")
segments, _ = model.transcribe(sound, language="en", beam_size=1)
print("".join(segment.text for segment in segments))
"""
# Ours compared with what JAX derives from the plain formulas, at full precision.
DERIVE = """
import jax, jax.numpy as jnp, numpy as np
from training import layers
layers.fastest_dtype = lambda: jnp.float32
rng = np.random.default_rng(1)
def some(*size):
    return jnp.asarray(rng.normal(size=size), jnp.float32)
def linear(x, weight, bias):
    return x @ weight + bias
def norm(x, scale, bias):
    centred = x - x.mean(-1, keepdims=True)
    spread = jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return centred / spread * scale + bias
def attention(query, key, value, mask):
    return jax.nn.softmax(query @ key.swapaxes(2, 3) + mask, -1) @ value
mask = jnp.where(jnp.tril(jnp.ones((7, 7), bool)), 0.0, -1e9)
heads = [some(3, 2, 7, 5) for _ in range(3)]
for name, plain, inputs in (
    ("linear", linear, (some(3, 7, 5), some(5, 11), some(11))),
    ("linear", linear, (some(3, 7, 11), some(11, 5), some(5))),
    ("norm", norm, (some(3, 7, 5), some(5), some(5))),
    ("attention", attention, (*heads, mask)),
):
    ours = getattr(layers, name)
    towards = some(*plain(*inputs).shape)
    places = range(3)
    found, wanted = (
        jax.grad(lambda *args: (f(*args) * towards).sum(), places)(*inputs)
        for f in (ours, plain)
    )
    for one, other in zip((ours(*inputs), *found), (plain(*inputs), *wanted)):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    print(name)
"""
# Checks of a model that always improves but the last time, with an interruption.
KEEP = """
import sys
from pathlib import Path
from training import main, packed
folder = Path(sys.argv[1])
class Development:
    def check(self, model, tokens):
        return {"word_error": float((model / "model.bin").read_text())}
def export(params, shape, like, target):
    target.mkdir(exist_ok=True)
    (target / "model.bin").write_text(str(params))
packed.export = export
best = main.Best(None, None, None, Development(), folder)
figures = folder / "best.json"
best.check(0.3)
before = figures.read_text()
best.check(0.2)
figures.write_text(before)
best.check(0.25)
print((folder / "model" / "model.bin").read_text(), figures.read_text())
figures.unlink()
best.check(0.25)
print((folder / "model" / "model.bin").read_text(), figures.read_text())
"""
# A part of the embedded model: the first and the last layer of its decoder.
SHRINK = """
import sys
from pathlib import Path
import numpy as np
from training import packed, shrink
from training.packed import Packed
from training.tokens import Tokens
source = Packed.read(packed.EMBEDDED)
whole, before = source.weights(0)
last = whole.decoder_layers - 1
shape, params, files = shrink.shrink(source, source, (0, last), "en")
packed.export(params, shape, files, Path(sys.argv[1]))
small = Packed.read(Path(sys.argv[1]))
shape, after = small.weights(0)
tokens, old = (Tokens(one.files["tokenizer.json"]) for one in (small, source))
text = "turn on the kitchen light"
np.testing.assert_allclose(
    after["decoder.embedding"][np.array(tokens.encode(text))],
    before["decoder.embedding"][np.array(old.encode(text))],
    atol=1e-3,
)
for mine, theirs in (("decoder.1", f"decoder.{last}"), ("encoder.0", "encoder.0")):
    np.testing.assert_allclose(
        after[f"{mine}.self.qkv"], before[f"{theirs}.self.qkv"], atol=1e-2
    )
packed.load(Path(sys.argv[1]))
print(shape.decoder_layers, tokens.decode(tokens.encode(text)))
"""
FROZEN = """
import sys
from pathlib import Path
import numpy as np
from training import packed
from training.batches import Corpus
from training.packed import Packed
from training.tokens import Tokens
from training.train import Plan, Trainer
corpus, folder = map(Path, sys.argv[1:])
start = Packed.read(packed.EMBEDDED)
tokens = Tokens(start.files["tokenizer.json"])
shape, params = start.weights(0)
before = {name: np.array(value) for name, value in params.items()}
encode = packed.encoder_of(start)
trainer = Trainer(shape, params, tokens, folder, [])
trainer.keep_encoder(encode)
plan = Plan(steps=2, rate=1e-3)
trainer.run(Corpus(corpus, tokens, []), plan, lambda params: {})
for name, value in trainer.averaged.items():
    if not np.array_equal(value, before[name]):
        print(name)
"""


def in_training(code: str, *arguments: str) -> str:
    """Run Python code in the training environment and return its output."""
    python = ROOT / ".venv-training" / "bin" / "python"
    result = subprocess.run(
        [str(python), "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": ".:addon:scripts"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def command(folder: Path, *options: str) -> list[str]:
    """Return the command that makes a model in a folder."""
    return [
        *("training/run", "--clips", str(CLIPS), *options),
        *("--folder", str(folder / "model"), "--corpus", str(folder / "corpus")),
    ]


def interrupt(folder: Path, *options: str) -> None:
    """Run the command and interrupt it after some steps."""
    with subprocess.Popen(
        command(folder, *options), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("step"):
                running.terminate()
                break
        running.communicate(timeout=300)
        assert running.returncode == 130


def run(folder: Path, *options: str) -> str:
    """Run the command and return its output."""
    result = subprocess.run(
        command(folder, *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module", name="made")
def made_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a model in two runs, with an interruption between them."""
    folder = tmp_path_factory.mktemp("training")
    run(folder, "--steps", str(STEPS // 3))
    interrupt(folder, "--steps", str(STEPS), "--resume")
    run(folder, "--steps", str(STEPS), "--resume")
    return folder


@pytest.mark.timeout(1600)
def test_a_small_model_learns(made: Path) -> None:
    """Training works, resumes after a break, and faster-whisper loads the model."""
    report = json.loads((made / "model" / "report.json").read_text())
    checks = report["checks"]

    # On a slow machine there are some in between, and before the first break.
    steps = [check["steps"] for check in checks]
    assert {STEPS // 3, STEPS} <= set(steps)
    # Neither the training before the interruption nor its time is lost.
    assert report["steps"] == STEPS
    assert report["start"] is None, "the small one learns from nothing"
    # It has learned little in so few steps, but not nothing.
    assert checks[0]["exact"] < 0.05
    assert checks[-1]["exact"] >= 0.08
    assert report["corpus"]["clips"] >= 0.95 * CLIPS

    sound = made / "sound.wav"
    sound.write_bytes(wav.encode(spoken("turn on the kitchen light")))
    heard = subprocess.run(
        [sys.executable, "-c", TRANSCRIBE, made / "model" / "model", sound],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert heard.stdout.strip()


@pytest.mark.timeout(1600)
def test_derivatives_are_right(made: Path) -> None:
    """The hand-written derivatives equal JAX's."""
    assert made.exists()  # Creates the environment.
    assert in_training(DERIVE).split() == ["linear", "linear", "norm", "attention"]


@pytest.mark.timeout(400)
def test_a_part_of_a_model_is_a_model(made: Path, tmp_path: Path) -> None:
    """Tokens that are kept have their weights, and so have the layers."""
    assert made.exists()  # Creates the environment.
    text = "turn on the kitchen light"
    assert in_training(SHRINK, str(tmp_path)).strip() == f"2 {text}"


@pytest.mark.timeout(400)
def test_an_encoder_that_knows_people_is_kept(made: Path, tmp_path: Path) -> None:
    """Only the decoder learns from generated voices."""
    changed = in_training(FROZEN, str(made / "corpus"), str(tmp_path)).split()
    names = [name for name in changed if "." in name]
    assert "decoder.embedding" in names
    assert [name for name in names if name.startswith("encoder.")] == []


@pytest.mark.timeout(400)
def test_the_best_model_is_kept(made: Path, tmp_path: Path) -> None:
    """The best model is kept, even after a power failure before storing its score."""
    assert made.exists()  # Creates the environment.
    lines = in_training(KEEP, str(tmp_path)).splitlines()
    assert len(lines) == 2
    for line in lines:
        kept, _, noted = line.partition(" ")
        assert kept == "0.2"
        assert json.loads(noted)["word_error"] == 0.2


@pytest.mark.timeout(400)
def test_a_model_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A folder with only a finished model counts as in use."""
    kept = tmp_path / "model" / "model" / "model.bin"
    kept.parent.mkdir(parents=True)
    kept.write_text("weights")
    for options in ((), ("--resume",)):
        result = subprocess.run(
            command(tmp_path, *options),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 1
        assert "name another --folder" in result.stderr
    assert kept.read_text() == "weights"
    assert not (tmp_path / "corpus").exists()


@pytest.mark.timeout(400)
def test_a_model_that_was_begun_is_not_overwritten(made: Path) -> None:
    """Without --resume, an unfinished model is not overwritten."""
    before = (made / "model" / "checkpoint.npz").stat().st_mtime_ns
    result = subprocess.run(
        command(made), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "--resume" in result.stderr
    assert (made / "model" / "checkpoint.npz").stat().st_mtime_ns == before


@pytest.mark.timeout(400)
def test_another_corpus_is_not_mixed_in(made: Path) -> None:
    """A corpus of different sentences is refused."""
    path = made / "corpus" / "plan.json"
    plan = path.read_text()
    path.write_text(json.dumps({**json.loads(plan), "recipe": "another"}))
    result = subprocess.run(
        command(made, "--resume"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    path.write_text(plan)
    assert result.returncode != 0
    assert "another" in result.stderr

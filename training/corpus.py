"""Generate the sounds to learn from, in shards, from a seed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hearken_speech.audio import whisper_mel
from hearken_speech.audio.whisper_mel import FRAMES_PER_SECOND
from hearken_speech.protocol import SAMPLE_RATE_HZ
from training import files, noises
from training.features import LogMel, log_mel
from training.speak import Line, Sound, programs, say
from training.texts import TRAINING_MIX, Kind, Split, Text, TextSource
from training.voices import Voice, VoiceSource

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARD_CLIPS: Final = 500
NOISE_CLIPS: Final = 700
"""Most sounds without speech; a small corpus has no more of them than clips."""
LONGEST_SECONDS: Final = 9.0

_PLAN: Final = "plan.json"
_MAKERS: Final = (
    *("amounts", "corpus", "features", "grammar", "language", "neural", "noises"),
    *("speak", "texts", "voices"),
)
"""The modules that decide what a corpus sounds like."""

_WAKE_SHARE: Final = 0.2
_WAKE_ALONE: Final = 0.05
_PAUSE_SHARE: Final = 0.15
_PAUSE_SECONDS: Final = (0.15, 1.3)
_ROOM_SHARE: Final = 0.3
_MICROPHONE_SHARE: Final = 0.15
_LEVELS: Final = (0.02, 0.3)


@dataclass(frozen=True, kw_only=True)
class CorpusPlan:
    """What to generate."""

    language: str = "en"
    clips: int = 30_000
    seed: int = 1
    sentences: int | None = None
    """The number of sentences to draw from; for small runs."""
    voices: tuple[str, ...] | None = None
    """The only texts to use; for small runs."""
    neural_share: float = 0.0
    """The share of the clips that neural voices speak."""


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip before it is spoken."""

    text: Text
    voice: Voice
    wake: str = ""
    parts: tuple[str, ...] = ()
    """The parts of the text, more than one if the speaker pauses to think."""


def make(plan: CorpusPlan, folder: Path, workers: int | None = None) -> dict[str, Any]:
    """Generate the missing parts of a corpus and return its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    _same_plan(plan, folder)
    began = time.monotonic()
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        try:
            pool.submit(_make_noises, plan, folder).result()
            jobs = [
                pool.submit(_make_shard, plan, folder, n)
                for n in range(_shard_count(plan.clips))
            ]
            for number, job in enumerate(jobs, start=1):
                job.result()
                seconds = time.monotonic() - began
                print(
                    f"corpus: {number} of {len(jobs)} shards, {seconds:.0f} s",
                    flush=True,
                )
        except BaseException:
            # Otherwise all waiting shards would be made before stopping.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    manifest = _manifest(plan, folder)
    files.write_text(folder / "manifest.json", json.dumps(manifest, indent=1))
    return manifest


def shards(folder: Path) -> list[Path]:
    """Return the shards of the most recent plan for a folder."""
    plan = json.loads((folder / _PLAN).read_text())
    return [_shard(folder, n) for n in range(_shard_count(plan["clips"]))]


def recipe_of(language: str) -> str:
    """Return a digest that shows whether the same seed gives the same sounds."""
    here = Path(__file__).parent
    digest = hashlib.sha256(version("home-assistant-intents").encode())
    digest.update(programs().encode())
    digest.update(Path(whisper_mel.__file__).read_bytes())
    digest.update((here / "languages" / f"{language}.yaml").read_bytes())
    for name in _MAKERS:
        digest.update((here / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def _same_plan(plan: CorpusPlan, folder: Path) -> None:
    """Refuse to mix two plans in one folder; the number of clips may differ."""
    path = folder / _PLAN
    wanted = {
        **asdict(plan),
        "voices": list(plan.voices or ()),
        "recipe": recipe_of(plan.language),
    }
    if path.exists():
        known = json.loads(path.read_text())
        if {**known, "clips": 0} != {**wanted, "clips": 0}:
            msg = (
                f"{folder} contains another corpus, or one made by another version of "
                "training/: remove it, or name another with --corpus"
            )
            raise SystemExit(msg)
    files.write_text(path, json.dumps(wanted))


def _shard(folder: Path, number: int) -> Path:
    """Return the path of a shard."""
    return folder / f"shard-{number:04d}.npz"


def _shard_count(clips: int) -> int:
    """Return the number of shards for this many clips."""
    return -(-clips // SHARD_CLIPS)


def _clips(plan: CorpusPlan, shard: int) -> list[_Clip]:
    """Return the clips of a shard."""
    choose = random.Random(f"{plan.seed}-{shard}")
    texts = TextSource(plan.language, choose.getrandbits(32))
    voices = VoiceSource(choose)
    count = min(SHARD_CLIPS, plan.clips - shard * SHARD_CLIPS)
    if plan.sentences is not None:
        drawn = TextSource(plan.language, plan.seed).different(
            {Kind.CASUAL: 1.0}, Split.TRAINING, plan.sentences
        )
        said = choose.choices(drawn, k=count)
    else:
        said = list(texts.mixture(TRAINING_MIX, Split.TRAINING, count))
    clips = []
    for text in said:
        neural = choose.random() < plan.neural_share
        voice = voices.neural() if neural else voices.draw()
        if plan.voices is not None:
            engine, _, name = choose.choice(plan.voices).partition(":")
            voice = Voice(engine, name, choose.uniform(0.9, 1.1))
        wake = ""
        if plan.sentences is None and choose.random() < _WAKE_SHARE:
            wake = texts.wake_phrase()
            if choose.random() < _WAKE_ALONE:
                text = Text("", Kind.FOLLOW_UP)  # noqa: PLW2901 - nothing follows
        thinks = plan.sentences is None and choose.random() < _PAUSE_SHARE
        clips.append(
            _Clip(text, voice, wake, _parts(choose, text.words, thinks=thinks))
        )
    return clips


def _parts(choose: random.Random, words: str, *, thinks: bool) -> tuple[str, ...]:
    """Return a text, in two parts if its speaker pauses in the middle."""
    said = words.split()
    if not thinks or len(said) < 2:
        return (words,) if words else ()
    place = choose.randrange(1, len(said))
    return " ".join(said[:place]), " ".join(said[place:])


def _make_shard(plan: CorpusPlan, folder: Path, number: int) -> None:
    """Synthesize one shard and write it."""
    path = _shard(folder, number)
    clips = _clips(plan, number)
    if path.exists():
        with np.load(path) as shard:
            if int(shard["wanted"]) == len(clips):
                return
    rng = np.random.default_rng([plan.seed, number])
    lines = [Line(part, clip.voice) for clip in clips for part in clip.parts]
    sounds = iter(say(lines))
    wakes = iter(say([Line(clip.wake, clip.voice) for clip in clips if clip.wake]))
    phones = phonemes([clip.text.words for clip in clips], plan.language)
    kept: list[tuple[_Clip, str, LogMel]] = []
    for clip, phone in zip(clips, phones, strict=True):
        parts = [next(sounds) for _ in clip.parts]
        failed = any(part.size < SAMPLE_RATE_HZ // 20 for part in parts)
        sound = _with_pauses(rng, parts)
        failed |= bool(parts) and sound.size < SAMPLE_RATE_HZ // 10
        if clip.wake:
            sound = _after_wake(rng, next(wakes), sound)
        if failed or not 0 < sound.size < LONGEST_SECONDS * SAMPLE_RATE_HZ:
            continue
        kept.append((clip, phone, log_mel(_heard(rng, sound))))
    _write_shard(path, kept, len(clips))


def _with_pauses(rng: np.random.Generator, parts: Sequence[Sound]) -> Sound:
    """Return the parts one after the other, separated by pauses."""
    sounds: list[Sound] = []
    for part in parts:
        if sounds:
            pause = round(rng.uniform(*_PAUSE_SECONDS) * SAMPLE_RATE_HZ)
            sounds.append(np.zeros(pause, np.float32))
        sounds.append(part)
    return np.concatenate(sounds) if sounds else np.zeros(0, np.float32)


def _after_wake(rng: np.random.Generator, wake: Sound, sound: Sound) -> Sound:
    """Return a command preceded by the end of a wake phrase."""
    share = rng.choice([1.0, rng.uniform(0.1, 0.9)])
    gap = np.zeros(round(rng.choice([0.0, rng.uniform(0, 0.6)]) * SAMPLE_RATE_HZ))
    first = wake.size - round(share * wake.size)
    return np.concatenate([wake[first:], gap.astype(np.float32), sound])


def _heard(rng: np.random.Generator, sound: Sound) -> Sound:
    """Return a sound as recorded in some room by some microphone."""
    level = np.exp(rng.uniform(*np.log(_LEVELS)))
    sound = sound * (level / max(1e-4, float(np.abs(sound).max())))
    if rng.random() < _ROOM_SHARE:
        sound = noises.room(rng, sound)
    if rng.random() < _MICROPHONE_SHARE:
        sound = noises.microphone(rng, sound)
    return np.clip(sound, -1.0, 1.0).astype(np.float32)


def phonemes(texts: Sequence[str], language: str) -> list[str]:
    """Return the phonemes of texts, separated by spaces, from espeak-ng."""
    voice = TextSource(language, 0).language.own["espeak_phones"]
    known: dict[str, str] = {}
    wanted = sorted({text for text in texts if text})
    for text in wanted:
        command = ["espeak-ng", "-q", "-x", "--sep=_", "-v", voice, text]
        result = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=30
        )
        marks = result.stdout.replace("_", " ").replace("'", "").replace(",", "")
        known[text] = " ".join(marks.replace("-", " ").replace("|", " ").split())
    return [known.get(text, "") for text in texts]


def _make_noises(plan: CorpusPlan, folder: Path) -> None:
    """Write the sounds without speech."""
    path = folder / "noises.npz"
    if path.exists():
        return
    rng = np.random.default_rng([plan.seed, 1 << 20])
    of_each = min(NOISE_CLIPS, plan.clips) // len(noises.TRAINING_KINDS)
    clips = [
        log_mel(np.clip(kind(rng, rng.uniform(3.0, 8.0)), -1, 1))
        for kind in noises.TRAINING_KINDS
        for _ in range(max(1, of_each))
    ]
    lengths = np.array([len(clip) for clip in clips], np.int32)
    _save(path, mel=np.concatenate(clips), lengths=lengths)


def _write_shard(
    path: Path, kept: list[tuple[_Clip, str, LogMel]], wanted: int
) -> None:
    """Write the clips of a shard, and the planned number of clips."""
    _save(
        path,
        wanted=np.array(wanted),
        mel=np.concatenate([mel for _, _, mel in kept]),
        lengths=np.array([len(mel) for _, _, mel in kept], np.int32),
        texts=np.array([clip.text.words for clip, _, _ in kept]),
        phones=np.array([phone for _, phone, _ in kept]),
        kinds=np.array([clip.text.kind.value for clip, _, _ in kept]),
        voices=np.array([clip.voice.label for clip, _, _ in kept]),
        wakes=np.array([clip.wake for clip, _, _ in kept]),
        parts=np.array([len(clip.parts) for clip, _, _ in kept], np.int32),
    )


def _save(path: Path, **arrays: Any) -> None:
    """Write arrays atomically."""
    files.write(path, lambda part: np.savez(part, **arrays))


def _manifest(plan: CorpusPlan, folder: Path) -> dict[str, Any]:
    """Return a summary of the corpus."""
    kinds: Counter[str] = Counter()
    voices: Counter[str] = Counter()
    frames = wakes = pauses = 0
    texts: set[str] = set()
    for path in shards(folder):
        with np.load(path) as shard:
            kinds.update(str(kind) for kind in shard["kinds"])
            voices.update(str(voice) for voice in shard["voices"])
            texts.update(str(text) for text in shard["texts"])
            wakes += int(np.count_nonzero(shard["wakes"] != ""))
            pauses += int(np.count_nonzero(shard["parts"] > 1))
            frames += int(shard["lengths"].sum())
    with np.load(folder / "noises.npz") as packed:
        empty = len(packed["lengths"])
    engines: Counter[str] = Counter()
    for voice, count in voices.items():
        engines[voice if voice.startswith("f") else voice.split(":")[0]] += count
    return {
        "language": plan.language,
        "seed": plan.seed,
        "clips": sum(kinds.values()),
        "hours": round(frames / FRAMES_PER_SECOND / 3600, 2),
        "different_texts": len(texts),
        "after_a_wake_phrase": wakes,
        "with_a_pause_inside": pauses,
        "sounds_without_speech": empty,
        "kinds": dict(kinds.most_common()),
        "voices": len(voices),
        "by_voice": dict(engines.most_common()),
    }

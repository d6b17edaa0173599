"""Test the hours in which no wake word is said."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np

from hearken_speech.audio import wav
from hearken_speech.protocol import SAMPLE_RATE_HZ
from training import hours
from training.hour_sources import SOURCES, Part, Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

VOICES = "usr/share/games/hedgewars/Data/Sounds/voices"


def _source(name: str) -> Source:
    """Return a source."""
    return next(one for one in SOURCES if one.name == name)


def test_what_judges_is_in_no_other_part(tmp_path: Path) -> None:
    """Packages belong to one part, or their files are shared out."""
    packages = {
        part: {one.package for one in SOURCES if one.part is part} for part in Part
    }
    shared = packages[Part.JUDGE] & packages[Part.CHOOSE]
    assert shared == {"wesnoth-1.16-music"}
    for number in range(5):
        samples = np.full(1_600, number + 1, np.int16)
        (tmp_path / f"{number}.wav").write_bytes(wav.encode(samples))
    chosen, judged = (
        [int(one[800]) for one in _source(name).read(tmp_path)]
        for name in ("music_1", "music_2")
    )
    assert (chosen, judged) == ([1, 3, 5], [2, 4])


def test_archive_of_a_game_is_read(tmp_path: Path) -> None:
    """Speech has its place in a table, and is brought to 16 kHz."""
    loud = bytes(range(0, 256, 2)) * 100
    files = {49_999: b"\0" * 200, 50_000: b"\0" * 22 + loud}
    table, disk = struct.pack("<I", len(files)), b""
    for number, data in files.items():
        place = len(disk).to_bytes(3, "little")
        table += struct.pack("<H", number) + place + len(data).to_bytes(3, "little")
        disk += data
    (tmp_path / "sky.dnr").write_bytes(table)
    (tmp_path / "sky.dsk").write_bytes(disk)
    (speech,) = _source("sky").read(tmp_path)
    assert abs(len(speech) - len(loud) * SAMPLE_RATE_HZ / 11_025) < 20
    assert speech.max() > 20_000


def test_gathered_hours_are_kept(tmp_path: Path) -> None:
    """Embeddings come back piece by piece."""
    pieces = [np.zeros(steps * 1_280 + 7, np.int16) for steps in (30, 10)]
    found = hours.gather(tmp_path / "judge" / "silence.npz", pieces)
    assert found == round(40 * 0.08 / 3600, 3)
    ((name, clips),) = hours.load(Part.JUDGE, tmp_path)
    assert name == "silence"
    assert [clip.shape for clip in clips] == [(30, 96), (10, 96)]


def test_what_is_missing_is_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short sounds are joined; origin, license and length are written down."""
    kept = tmp_path / "judge" / "queen.npz"
    hours.gather(kept, [np.zeros(SAMPLE_RATE_HZ, np.int16)])
    before = kept.read_bytes()
    judging = [one for one in SOURCES if one.part is Part.JUDGE]
    for source in judging:
        # Where one of the packages has its voices; of the others, all folders count.
        folder = tmp_path / "packages" / source.package / VOICES
        folder.mkdir(parents=True)
        for number in range(2):
            samples = np.zeros(3 * SAMPLE_RATE_HZ, np.int16)
            (folder / f"{number}.wav").write_bytes(wav.encode(samples))
    monkeypatch.setattr("sys.argv", ["hours", "judge", "--output", str(tmp_path)])
    assert hours.main() == 0
    notes = json.loads((tmp_path / hours.ABOUT).read_text("utf-8"))
    assert set(notes) == {"judge"}
    assert set(notes["judge"]) == {one.name for one in judging} - {"queen"}
    assert notes["judge"]["fish_nl"]["license"] == "GPL-2+"
    found = dict(hours.load(Part.JUDGE, tmp_path))
    assert [len(clip) for clip in found["fish_nl"]] == [7 * 16_000 // 1_280]
    assert kept.read_bytes() == before

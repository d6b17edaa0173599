"""Test storing recordings of detections."""

import io
import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hearken_speech.wake.clips import ClipSettings, ClipStore

DAY = 86_400.0
NOW = 100 * DAY
SOUND = np.arange(1600, dtype=np.int16)


def _store(folder: Path, **settings: float) -> ClipStore:
    """Return a store that keeps recordings."""
    wanted = ClipSettings(enabled=True, **settings)
    return ClipStore(folder / "clips", wanted, clock=lambda: NOW)


def _put(store: ClipStore, folder: Path, name: str, age_days: float) -> None:
    """Store a recording of this age."""
    store.add(name, SOUND)
    store.close()
    path = folder / "clips" / f"{name}.wav"
    os.utime(path, (NOW - age_days * DAY, NOW - age_days * DAY))


def test_nothing_is_kept_unless_wanted(tmp_path: Path) -> None:
    """Recordings are off until the owner turns them on."""
    store = ClipStore(tmp_path / "clips")
    store.add("a", SOUND)
    store.close()
    assert not (tmp_path / "clips").exists()
    assert store.clips() == []


def test_recording_is_a_wav_file(tmp_path: Path) -> None:
    """A recording is a standard WAV file."""
    store = _store(tmp_path)
    store.add("heard/../../évil name", SOUND)
    store.close()
    (clip,) = store.clips()
    assert clip.name == "heard________vil_name"
    with wave.open(io.BytesIO(store.read(clip.name))) as file:
        assert (file.getframerate(), file.getsampwidth()) == (16_000, 2)
        np.testing.assert_array_equal(
            np.frombuffer(file.readframes(9999), "<i2"), SOUND
        )
    with pytest.raises(KeyError):
        store.read("../../etc/passwd")


def test_old_ones_and_too_many_go(tmp_path: Path) -> None:
    """Age and number are limited; the newest recordings stay."""
    store = _store(tmp_path, max_days=7, max_megabytes=0.007)
    for name, age in (("a", 8), ("b", 3), ("c", 2), ("d", 1)):
        _put(store, tmp_path, name, age)
    store.prune()
    assert [clip.name for clip in store.clips()] == ["d", "c"]


def test_owner_deletes(tmp_path: Path) -> None:
    """One or all recordings can be deleted."""
    store = _store(tmp_path)
    for name in ("a", "b", "c"):
        _put(store, tmp_path, name, 0)
    store.delete("a")
    store.delete("not there")
    assert {clip.name for clip in store.clips()} == {"b", "c"}
    store.delete_all()
    assert store.clips() == []


def test_disk_that_fails_is_counted(tmp_path: Path) -> None:
    """A failed write is counted and does not stop the detection."""
    (tmp_path / "clips").write_text("a file where the folder should be")
    store = _store(tmp_path)
    store.add("a", SOUND)
    store.close()
    assert store.dropped == 1


@pytest.mark.parametrize("fields", [{"max_days": 0}, {"max_megabytes": -1}])
def test_senseless_limits_are_refused(fields: dict[str, Any]) -> None:
    """Limits of zero are refused: there is a switch for turning recordings off."""
    with pytest.raises(ValueError, match="above 0"):
        ClipSettings(**fields)

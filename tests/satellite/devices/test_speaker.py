"""Speakers and tones."""

from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio import wav
from hearken_speech.satellite.devices.speaker import (
    FileSpeaker,
    NoSpeaker,
    SpeakerError,
    error_tone,
)
from hearken_speech.satellite.program import make_speaker

SOUND = np.arange(1000, dtype=np.int16)


async def test_the_last_answer_is_kept(tmp_path: Path) -> None:
    """The file holds what was played last, and nothing else lies beside it."""
    speaker = FileSpeaker(tmp_path / "new" / "answer.wav")
    await speaker.play(SOUND[:10])
    await speaker.play(SOUND)
    assert np.array_equal(wav.read(tmp_path / "new" / "answer.wav"), SOUND)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["answer.wav"]


async def test_no_sound_is_an_empty_file(tmp_path: Path) -> None:
    """An answer without a sample is written all the same."""
    await FileSpeaker(tmp_path / "answer.wav").play(SOUND[:0])
    assert len(wav.read(tmp_path / "answer.wav")) == 0


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The message names the file and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpeakerError, match=r"answer\.wav cannot be written"):
        await FileSpeaker(tmp_path / "file" / "answer.wav").play(SOUND)


async def test_no_speaker_plays_nothing() -> None:
    """A satellite without a speaker does not complain."""
    await NoSpeaker().play(SOUND)


def test_the_error_tone_falls_and_does_not_click() -> None:
    """Two notes, the second one lower, loud enough, soft at both ends of each."""
    tone = error_tone()
    first, second = np.split(tone.astype(np.float64), 2)
    pitches = [
        int(np.argmax(np.abs(np.fft.rfft(note)))) * 16_000 / len(note)
        for note in (first, second)
    ]
    assert pitches[0] > pitches[1] > 100
    for note in (first, second):
        assert 3_000 < np.max(np.abs(note)) < 20_000
        assert np.max(np.abs(np.diff(note[:4]))) < 600
        assert abs(note[0]) < 100


@pytest.mark.parametrize("text", ["", "file", "file:", "loud", "none at all"])
def test_a_wrong_speaker_is_explained(text: str) -> None:
    """The message lists what there is."""
    with pytest.raises(SpeakerError, match="use none or file:WAV"):
        make_speaker(text)

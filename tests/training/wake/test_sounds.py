"""Test who speaks, through which channel, and what is kept."""

from pathlib import Path
from typing import override

import numpy as np

from hearken_speech.protocol import SAMPLE_RATE_HZ
from hearken_speech.wake.making.sound import Sound
from hearken_speech.wake.making.voice import Voice, Voices
from training.wake import channels, clips, speakers, utterances
from training.wake.spoken import Spoken

EVERYBODY = ["af_bella", "af_kore", "am_adam", "am_michael", "bf_lily", "bm_george"]


def test_nobody_who_chooses_is_learned_from() -> None:
    """Speakers are split, mixtures too; utterances are the same in every run."""
    learned = utterances.positives("alexa", EVERYBODY, 20)
    choosing = utterances.choosing("alexa", EVERYBODY, 20)
    names = [
        {part for x in group for part in x.voice.name.split("~")}
        for group in (learned, choosing)
    ]
    assert names == [
        {"af_bella", "am_adam", "bf_lily"},
        {"af_kore", "am_michael", "bm_george"},
    ]
    assert learned == utterances.positives("alexa", EVERYBODY, 20)
    assert not names[0] & speakers.CHOOSING


def test_what_was_spoken_is_not_spoken_again(tmp_path: Path) -> None:
    """The second time, an utterance comes from its file."""
    asked = []

    class Counting(Voices):
        """Voices that count."""

        @override
        def say(self, text: str, voice: Voice) -> Sound:
            """Note the text."""
            asked.append((text, voice.speed))
            return np.full(100, 0.5, np.float32)

    spoken = Spoken(Counting(), tmp_path)
    voice = Voice("kokoro", "af_bella", 1.1)
    first = spoken.say("alexa", voice)
    np.testing.assert_array_equal(
        first, Spoken(Counting(), tmp_path).say("alexa", voice)
    )
    spoken.say("alexa", Voice("kokoro", "af_bella", 1.2))
    assert asked == [("alexa", 1.1), ("alexa", 1.2)]


def test_narrow_channels_have_no_high_tones() -> None:
    """Some sounds lose what is above 6.2 kHz, the others stay as they are."""
    rng = np.random.default_rng(1)
    noise = rng.integers(-9_000, 9_000, SAMPLE_RATE_HZ).astype(np.int16)
    high = [
        float(np.abs(np.fft.rfft(channels.heard_through(rng, noise))[6_400:]).mean())
        for _ in range(40)
    ]
    whole = float(np.abs(np.fft.rfft(noise)[6_400:]).mean())
    assert 4 <= sum(one < whole / 3 for one in high) <= 24
    assert sum(one == whole for one in high) >= 16


def test_scenes_tell_where_the_word_is(tmp_path: Path) -> None:
    """The first scene of an utterance is plain; embeddings can be kept."""
    beep = np.sin(np.arange(8_000) / 4).astype(np.float32)
    listener = clips.Listener(3, [beep])
    scenes = listener.words([(beep, 3)])
    assert [one.is_plain for one in scenes] == [True, False, False]
    assert all(one.place.end_samples // 1_280 < len(one.embeddings) for one in scenes)
    others = listener.others([beep, beep], staged=0.5)
    clips.save(tmp_path / "some" / "clips.npz", others)
    loaded = clips.load(tmp_path / "some" / "clips.npz")
    assert len(loaded) == 2
    np.testing.assert_array_equal(loaded[1], others[1])

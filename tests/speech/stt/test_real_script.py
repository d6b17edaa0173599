"""Test the script of Chinese with published weights and a person's recording."""

from typing import Final

import pytest

from benchmarks.common.recordings import CASES
from hearken_speech.audio import wav
from hearken_speech.stt.engine import WhisperEngine
from hearken_speech.stt.recording import Recording
from hearken_speech.stt.transcriber import Transcriber
from hearken_speech.stt.transcription import Request
from tests import real_weights

SOUND: Final = CASES / "speech" / "zh_traditional_1.wav"

pytestmark = [
    pytest.mark.skipif(not SOUND.is_file(), reason=f"there is no {SOUND}"),
    pytest.mark.xdist_group("cases"),
]


@pytest.fixture(name="base", scope="module")
def base_fixture() -> WhisperEngine:
    """Return the base model."""
    return real_weights.engine("base")


@pytest.mark.parametrize(
    ("tag", "detected", "city"),
    [
        ("zh-CN", "zh-CN", "广州市"),
        ("zh", "zh", "广州市"),
        ("auto", "zh", "广州市"),
        (None, "zh", "广州市"),
        ("zh-TW", "zh-TW", "廣州市"),
        ("zh-HK", "zh-HK", "廣州市"),
        ("yue", "yue", "廣州市"),
    ],
)
def test_every_text_is_in_the_script_of_the_tag(
    base: WhisperEngine, tag: str | None, detected: str, city: str
) -> None:
    """The transcript and its alternatives are, and they are different texts."""
    recording = Recording.of(wav.read(SOUND), base.model.mel_bands)
    result = Transcriber().transcribe(base, recording, Request(language=tag))
    assert result.language == detected
    texts = [result.text, *(other.text for other in result.alternatives)]
    assert len(texts) == len(set(texts)) > 1
    assert all(text.startswith(city) for text in texts)

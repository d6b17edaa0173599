"""Test espeak-ng's voices and texts of every kind."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from hearken_speech.audio.format import Samples
from hearken_speech.errors import (
    BusyError,
    HearkenError,
    LanguageError,
    SynthesisError,
)
from hearken_speech.tts.espeak import (
    MAX_TEXT_CHARACTERS,
    RATE_HZ,
    Espeak,
)
from hearken_speech.tts.voices import Voice


async def _speak(espeak: Espeak, text: str, voice: Voice) -> Samples:
    """Return the complete audio of a text."""
    sound = [samples async for samples in espeak.speak(text, voice)]
    return np.concatenate([np.zeros(0, np.int16), *sound])


@pytest.fixture(name="espeak")
async def espeak_fixture() -> Espeak:
    """Return the installed espeak-ng."""
    return await Espeak.find()


@pytest.mark.parametrize("language", ["en", "en-US", "en_GB", "de", "zh-CN"])
async def test_this_machine_knows_the_usual_languages(
    espeak: Espeak, language: str
) -> None:
    """The installed program has a working voice for each common language."""
    sound = await _speak(espeak, "1 2 3", espeak.choose(None, language))
    assert len(sound) > RATE_HZ // 4


@pytest.mark.parametrize(
    "text",
    [
        """It's "on", said 'he' `now` $HOME \\n; exit""",
        "first line\nsecond line\r\n\tthird line",
        "zero\0byte",
        "-v de --stdout /etc/passwd",
        "20 °C ½ “quoted” … 厨房的灯 🎉",
        "one. " * (MAX_TEXT_CHARACTERS // 5),
    ],
    ids=["quotes", "lines", "zero", "options", "letters", "longest"],
)
async def test_any_text_is_spoken(espeak: Espeak, text: str) -> None:
    """Any text is spoken, whatever characters it contains."""
    sound = await _speak(espeak, text, espeak.choose(None, "en"))
    assert len(sound) > RATE_HZ // 2
    assert np.max(np.abs(sound.astype(np.int32))) > 2_000


async def test_a_zero_byte_does_not_end_the_text(espeak: Espeak) -> None:
    """Text after a zero byte is also spoken."""
    voice = espeak.choose(None, "en")
    whole = await _speak(espeak, "the kitchen\0and the bedroom", voice)
    half = await _speak(espeak, "the kitchen", voice)
    assert len(whole) > len(half) * 1.4


async def test_markup_is_a_text_like_any_other(espeak: Espeak) -> None:
    """SSML is not interpreted: an answer cannot contain a pause of an hour."""
    voice = espeak.choose(None, "en")
    marked = await _speak(espeak, 'on<break time="60s"/>off', voice)
    assert 0 < len(marked) < 20 * RATE_HZ


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("**Yes**, it is _on_ 👍🏽.", "Yes, it is on."),
        ("[The docs](https://a.b/c) or https://a.b.", "The docs or."),
        ("It is \u22125 °C.", "It is -5 °C."),
    ],
)
async def test_only_words_are_spoken(espeak: Espeak, text: str, same: str) -> None:
    """Markdown, links and emoji sound like nothing."""
    voice = espeak.choose(None, "en")
    assert np.array_equal(
        await _speak(espeak, text, voice), await _speak(espeak, same, voice)
    )


async def test_figures_are_spoken_in_the_language_of_the_voice(espeak: Espeak) -> None:
    """A German voice says comma and minus, a Chinese one the percentage."""
    for language, text, same in (
        ("de", "Es sind 21.5 °C.", "Es sind 21,5 Grad."),
        ("fr", "Il fait -5 degrés", "Il fait moins 5 degrés"),
        ("zh-CN", "湿度21.5%", "湿度百分之二十一点五"),
    ):
        voice = espeak.choose(None, language)
        spoken = await _speak(espeak, text, voice)
        assert np.array_equal(spoken, await _speak(espeak, same, voice))


@pytest.mark.parametrize("text", ["", " ", "\0", "\n", "👍", "```\nx = 1\n```"])
async def test_nothing_to_say_is_silence(espeak: Espeak, text: str) -> None:
    """An empty text is not an error."""
    sound = await _speak(espeak, text, espeak.choose(None, "en"))
    assert len(sound) > 0
    assert not sound.any()


async def test_too_long_a_text_is_an_error(espeak: Espeak) -> None:
    """The error states the limit."""
    with pytest.raises(SynthesisError, match="longer than 5000"):
        await _speak(espeak, "a" * 5_001, espeak.choose(None, "en"))


async def test_many_texts_at_once(espeak: Espeak) -> None:
    """Surplus texts are refused with a request to retry; later ones work."""
    voice = espeak.choose(None, "en")
    results = await asyncio.gather(
        *(_speak(espeak, "one", voice) for _ in range(12)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BusyError)]
    assert len(refused) == 4
    spoken = [result for result in results if not isinstance(result, BaseException)]
    assert len(spoken) == 8
    assert len({len(sound) for sound in spoken}) == 1
    assert len(await _speak(espeak, "one", voice)) == len(spoken[0])


async def test_a_cancelled_text_leaves_no_program(espeak: Espeak) -> None:
    """A cancelled text does not block the next one."""
    voice = espeak.choose(None, "en")
    for _ in range(10):
        speaking = asyncio.create_task(_speak(espeak, "long " * 900, voice))
        await asyncio.sleep(0)
        speaking.cancel()
        assert isinstance(
            (await asyncio.gather(speaking, return_exceptions=True))[0],
            asyncio.CancelledError,
        )
    assert len(await _speak(espeak, "one", voice))


async def test_without_the_program_there_are_no_voices(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without espeak-ng there are no voices, and speaking raises an error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    espeak = await Espeak.find()
    assert espeak.voices == []
    with pytest.raises(LanguageError):
        espeak.choose(None, "en")
    with pytest.raises(SynthesisError, match="cannot be started"):
        await _speak(espeak, "one", Voice("en", "English", ("en",)))


async def test_a_program_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error contains the program's own message."""
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\necho 'no such voice' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HearkenError, match="espeak-ng failed: no such voice"):
        await _speak(Espeak([]), "one", Voice("en", "English", ("en",)))
    assert (await Espeak.find()).voices == []


async def test_a_program_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program is killed after a time limit."""
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("hearken_speech.tts.espeak._TIME_LIMIT_SECONDS", 0.05)
    with pytest.raises(SynthesisError, match="took longer"):
        await _speak(Espeak([]), "one", Voice("en", "English", ("en",)))


async def test_strangers_are_spoken_to_behind_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """How that is done is found out once, not for each text."""
    program = tmp_path / "espeak-ng"
    program.write_text(
        "#!/bin/sh\n"
        "[ $1 = --voices ] && echo ' 5  en  --/M  English  gmw/en' && exit\n"
        f"nice >> {tmp_path}/niceness\nprintf '%01044d' 0\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    espeak = await Espeak.find()
    monkeypatch.delattr(shutil, "which")
    voice = Voice("en", "English", ("en",))
    for is_trusted in (True, False):
        async for _ in espeak.speak("one", voice, is_trusted=is_trusted):
            pass
    first, second = map(int, (tmp_path / "niceness").read_text().split())
    assert second == min(first + 10, 19)


async def test_a_text_is_heard_before_all_of_it_is_spoken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first samples arrive while espeak-ng is still working."""
    program, go_on = tmp_path / "espeak-ng", tmp_path / "go-on"
    program.write_text(
        "#!/bin/sh\nprintf '%044d%04d' 0 0\n"
        f"while [ ! -e {go_on} ]; do sleep 0.01; done\nprintf '%01001d' 0\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    espeak = Espeak([])
    sound = espeak.speak("one", Voice("en", "English", ("en",)))
    first = await anext(sound)
    assert len(first) == 2
    go_on.touch()
    rest = [samples async for samples in sound]
    # The odd byte at the end is not a sample.
    assert sum(map(len, rest)) == 500


async def test_a_slow_listener_holds_up_nobody(espeak: Espeak) -> None:
    """Texts whose audio is not read leave room for the next one."""
    voice = espeak.choose(None, "en")
    slow = [espeak.speak("long " * 900, voice) for _ in range(4)]
    for sound in slow:
        await anext(sound)
    assert len(await _speak(espeak, "one", voice))
    for sound in slow:
        await sound.aclose()


async def test_texts_that_were_never_begun_leave_room(espeak: Espeak) -> None:
    """Texts cancelled before their start leave room for the next one."""
    voice = espeak.choose(None, "en")
    for _ in range(12):
        speaking = asyncio.create_task(_speak(espeak, "one", voice))
        asyncio.get_running_loop().call_soon(speaking.cancel)
        await asyncio.gather(speaking, return_exceptions=True)
    assert len(await _speak(espeak, "one", voice))

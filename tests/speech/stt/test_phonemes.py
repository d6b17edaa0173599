"""Test pronouncing words of every language."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hearken_speech.stt.phonemes import Pronouncer, split_words


def test_words_that_sound_alike_have_the_same_phones(pronouncer: Pronouncer) -> None:
    """Spelling does not matter."""
    for language, one, other in (
        ("en", "night", "knight"),
        ("en", "Lumi", "Loomy"),
        ("de", "Meier", "Maier"),
        ("zh", "灯", "登"),
    ):
        first, second = pronouncer.pronounce([one, other], language)
        assert first == second, (one, other)
        assert first


def test_every_word_gets_its_own_phones(pronouncer: Pronouncer) -> None:
    """Numbers, symbols and empty words do not shift the others."""
    words = ["kitchen", "Mr.", "x-ray", "21", "", "...", "McDonald's", "light"]
    together = pronouncer.pronounce(words, "en")
    alone = [Pronouncer().pronounce([word], "en")[0] for word in words]
    assert together == alone
    assert together[0][0] == "k"
    assert together[4] == ()
    assert together[-1][0] == "l"


def test_language_that_cannot_be_spoken_is_compared_by_letters() -> None:
    """Without a voice for the language, letters are used."""
    assert Pronouncer().pronounce(["Lämp"], "xx") == [("l", "a", "m", "p")]


def test_missing_program_is_no_failure() -> None:
    """Without espeak-ng, letters are used."""
    silent = Pronouncer("no-such-program")
    assert not silent.speaks
    assert silent.pronounce(["Abc"], "en") == [("a", "b", "c")]


def test_options_cannot_come_in_with_the_words(pronouncer: Pronouncer) -> None:
    """A name is passed as input, never as an option or a file."""
    phones = pronouncer.pronounce(["-f", "--version", "/etc/hostname\nx"], "en")
    assert len(phones) == 3
    assert all(phones)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Turn on Ben's lamp!", "en", ["Turn", "on", "Ben's", "lamp"]),
        ("打开TV和灯", "zh", ["打", "开", "TV", "和", "灯"]),
        ("", "en", []),
    ],
)
def test_texts_are_split_into_what_is_pronounced(
    text: str, language: str, words: list[str]
) -> None:
    """Texts are split into words, or characters in scripts without spaces."""
    found = split_words(text, language)
    assert [word.text for word in found] == words
    assert [text[word.start : word.end] for word in found] == words


def test_slow_program_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters are used meanwhile, and are not cached."""
    monkeypatch.setattr("hearken_speech.stt.phonemes.TIMEOUT_SECONDS", 0.3)
    program = tmp_path / "espeak"
    program.write_text("#!/bin/sh\nexec sleep 5\n")
    program.chmod(0o755)
    pronouncer = Pronouncer(str(program))
    assert pronouncer.pronounce(["knight"], "en") == [tuple("knight")]
    assert pronouncer.failures == 1
    program.write_text("#!/bin/sh\necho n_ai_t\n")
    # A hanging program does not delay each name of a house.
    assert pronouncer.pronounce(["knight"], "en") == [tuple("knight")]
    monkeypatch.setattr("hearken_speech.stt.phonemes.TIMEOUT_SECONDS", 30)
    monkeypatch.setattr("hearken_speech.stt.phonemes.time.monotonic", lambda: 1e9)
    assert pronouncer.pronounce(["knight"], "en") == [("n", "ai", "t")]


def test_program_that_is_ended_says_nothing_about_the_language(tmp_path: Path) -> None:
    """The next call asks again."""
    program = tmp_path / "espeak"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    pronouncer = Pronouncer(str(program))
    assert pronouncer.pronounce(["knight"], "en") == [tuple("knight")]
    program.write_text("#!/bin/sh\necho n_ai_t\n")
    assert pronouncer.pronounce(["knight"], "en") == [("n", "ai", "t")]


def test_command_does_not_wait_for_the_names_of_a_house(tmp_path: Path) -> None:
    """A command is not blocked while thousands of names are pronounced."""
    program, gate = tmp_path / "espeak", tmp_path / "gate"
    os.mkfifo(gate)
    program.write_text(
        f"""#!/bin/sh
read word
[ $word = zephyr ] && read line < {gate}
echo n_ai_t
"""
    )
    program.chmod(0o755)
    pronouncer = Pronouncer(str(program))
    with ThreadPoolExecutor(2) as pool:
        house = pool.submit(pronouncer.pronounce, ["zephyr"], "en")
        try:
            command = pool.submit(pronouncer.pronounce, ["knight"], "en")
            assert command.result(4) == [("n", "ai", "t")]
            assert not house.done()
        finally:
            gate.write_text("go on\n")
        assert house.result(4) == [("n", "ai", "t")]

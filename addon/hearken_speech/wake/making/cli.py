"""The command ``hearken-wake``: make wake words, list, improve and delete them."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech.audio import wav
from hearken_speech.errors import HearkenError, RequestError
from hearken_speech.wake.made import MadeWord, MadeWords, SoundKind

from .head_file import head_bytes
from .installed import SOURCE, VoicesDownloadError, download_kokoro, find_kokoro
from .maker import Made, Maker, MakingStage, OwnSounds
from .phrase import Phrase, PhraseError, check_phrase
from .recording import RecordingError, cut_word
from .voice import Voices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PERCENT: Final = 100


def run(arguments: Sequence[str] | None, default_folder: Path) -> int:
    """Run one command and return the exit status."""
    options = _parser(default_folder).parse_args(arguments)
    try:
        options.command(MadeWords(options.data_dir), options)
    except HearkenError as err:
        if options.json:
            _write({"error": str(err), "reason": _reason(err)})
        else:
            print(err, file=sys.stderr)  # noqa: T201 - a command
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _reason(err: HearkenError) -> str:
    """Return why a command failed, for programs."""
    if isinstance(err, PhraseError):
        return err.reason.value
    if isinstance(err, RecordingError):
        return err.problem.value
    return err.code.value


def _parser(default_folder: Path) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data-dir", type=Path, default=default_folder, help="that of the server"
    )
    shared.add_argument("--json", action="store_true", help="print lines of JSON")
    parser = argparse.ArgumentParser("hearken-wake", description="Your own wake words.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str) -> argparse.ArgumentParser:
        """Add a command."""
        one = commands.add_parser(name, help=text, parents=[shared])
        one.set_defaults(command=command)
        return one

    add("list", _list, "show the words that were made")
    make = add("make", _make, "make a wake word of a text")
    make.add_argument("text", help='such as "okay computer"')
    make.add_argument("--language", default="en", help="of the text (en)")
    make.add_argument("--force", action="store_true", help="even if it is short")
    make.add_argument(
        "--no-download", action="store_true", help="only voices that are installed"
    )
    make.add_argument("--voices-source", default=SOURCE, help="where voices come from")
    improve = add("improve", _improve, "learn from the owner's recordings")
    rename = add("rename", _rename, "change how a word is shown")
    accept = add("accept", _accept, "use what improve has learned")
    discard = add("discard", _discard, "forget what improve has learned")
    undo = add("undo", _undo, "go back to the version before the improvement")
    delete = add("delete", _delete, "delete a word")
    for one in (improve, accept, discard, rename, undo, delete):
        one.add_argument("word", help="ID of the word")
    improve.add_argument("recordings", nargs="*", type=Path, metavar="WAV")
    rename.add_argument("name")
    return parser


def _list(words: MadeWords, options: argparse.Namespace) -> None:
    """Show the words."""
    for word in words.all():
        _show(word, options)


def _make(words: MadeWords, options: argparse.Namespace) -> None:
    """Make a word."""
    phrase = check_phrase(options.text, options.language, force=options.force)
    if phrase.advice_text and not options.json:
        print(f"{phrase.text}: {phrase.advice_text}", file=sys.stderr)  # noqa: T201 - a command
    started = time.monotonic()
    made = Maker(_voices(options), on_progress=_progress(options)).make(phrase)
    word = _word(phrase, made, round(time.monotonic() - started, 1))
    words.save(word, head_bytes(made.head))
    _show(words.get(word.id), options)


def _improve(words: MadeWords, options: argparse.Namespace) -> None:
    """Learn from all sounds of the owner; the result waits until it is accepted."""
    known = words.get(options.word)
    for path in options.recordings:
        words.add_sound(known.id, SoundKind.RECORDING, cut_word(wav.read(path)))
    own = OwnSounds(
        *(
            [wav.read(path) for path in words.sounds(known.id, kind)]
            for kind in (SoundKind.RECORDING, SoundKind.OTHER)
        )
    )
    if not own.recordings and not own.others:
        msg = f"there is no recording of {known.phrase} to learn from"
        raise RequestError(msg)
    phrase = Phrase(known.text, known.language)
    options.no_download = True
    started = time.monotonic()
    maker = Maker(_voices(options), on_progress=_progress(options))
    made, gain = maker.improve(phrase, own)
    word = replace(
        _word(phrase, made, round(time.monotonic() - started, 1)),
        phrase=known.phrase,
        recordings=len(own.recordings),
        gain=gain.as_dict(),
    )
    words.save_candidate(word, head_bytes(made.head))
    _show(words.get(word.id), options)


def _accept(words: MadeWords, options: argparse.Namespace) -> None:
    """Use the improvement."""
    _show(words.accept(options.word), options)


def _discard(words: MadeWords, options: argparse.Namespace) -> None:
    """Forget the improvement."""
    _show(words.discard(options.word), options)


def _rename(words: MadeWords, options: argparse.Namespace) -> None:
    """Rename a word."""
    _show(words.rename(options.word, options.name), options)


def _undo(words: MadeWords, options: argparse.Namespace) -> None:
    """Go back to the version before."""
    _show(words.undo(options.word), options)


def _delete(words: MadeWords, options: argparse.Namespace) -> None:
    """Delete a word."""
    words.delete(options.word)
    if not options.json:
        print(f"{options.word} is deleted")  # noqa: T201 - a command


def _voices(options: argparse.Namespace) -> Voices:
    """Return the voices; Kokoro's are downloaded if that is allowed and works."""
    folder = find_kokoro(options.data_dir)
    if folder is None and not options.no_download:
        try:
            folder = download_kokoro(options.data_dir, options.voices_source)
        except VoicesDownloadError as err:
            # The other voices are enough for a word that is found less often.
            print(f"without Kokoro's voices: {err}", file=sys.stderr)  # noqa: T201 - a command
    return Voices(folder)


def _progress(options: argparse.Namespace) -> Any:
    """Return what shows the progress."""

    def show(stage: MakingStage, percent: int) -> None:
        """Show a line for every percent."""
        if percent == shown[0]:
            return
        shown[0] = percent
        if options.json:
            _write({"stage": stage.value, "percent": percent})
        else:
            end = "\n" if percent >= _PERCENT else ""
            print(f"\r{stage.value}: {percent} %  ", end=end, flush=True)  # noqa: T201 - a command

    shown = [-1]
    return show


def _word(phrase: Phrase, made: Made, seconds: float) -> MadeWord:
    """Return what is stored about a word."""
    return MadeWord(
        id=phrase.id,
        phrase=phrase.text.lower(),
        text=phrase.text,
        language=phrase.language,
        made_at=round(time.time(), 1),
        expected={
            **made.expectation.as_dict(),
            "voices": made.voices,
            "advice": phrase.advice.value if phrase.advice else None,
            "seconds": seconds,
        },
    )


def _show(word: MadeWord, options: argparse.Namespace) -> None:
    """Show a word, and what to expect of it."""
    if options.json:
        _write({"word": word.as_dict()})
        return
    expected = word.expected
    print(  # noqa: T201 - a command
        f"{word.id}: {word.phrase} ({word.language}); of 100 times, "
        f"{expected.get('missed_percent', '?')} are missed in quiet and "
        f"{expected.get('missed_noisy_percent', '?')} with noise; "
        f"{expected.get('false_accepts', '?')} false accepts in "
        f"{expected.get('hours', '?')} hours of speech and noise, so at most "
        f"{expected.get('most_false_accepts_a_day', '?')} a day of talk without a pause"
    )
    if word.candidate:
        print(_gain_text(word.id, word.candidate))  # noqa: T201 - a command


def _gain_text(word: str, gain: Mapping[str, Any]) -> str:
    """Return what an improvement that waits would change."""
    before, after = gain["before"], gain["after"]

    def change(key: str) -> str:
        """Return a figure before and after."""
        return f"{before[key]} -> {after[key]}"

    return (
        f"  with your recordings: {change('missed')} of {after['recordings']} are "
        f"missed, each judged by a head that did not hear it; with noise "
        f"{change('missed_scenes_percent')} of 100; false accepts in "
        f"{after['hours']} hours: {change('false_accepts')}\n"
        f"  hearken-wake accept {word} uses it, discard {word} forgets it"
    )


def _write(line: dict[str, Any]) -> None:
    """Print a line of JSON."""
    print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 - a command

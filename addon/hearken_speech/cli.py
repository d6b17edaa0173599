"""The commands: ``hearken-server``, ``hearken-satellite``, ``hearken-models``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech import arguments as values
from hearken_speech.errors import HearkenError
from hearken_speech.version import VERSION
from hearken_speech.wake.settings import WordSettings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


def server(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-server``."""
    # One thread for each matrix product: workers that wait for more work by
    # spinning cost more time than they save on products this small.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from hearken_speech.models.choice import DEFAULT_BUDGET_SECONDS  # noqa: PLC0415 - heavy
    from hearken_speech.models.loading import default_threads  # noqa: PLC0415 - heavy
    from hearken_speech.server.app import (  # noqa: PLC0415 - heavy
        ServerOptions,
        serve,
        show_token,
    )

    parser = _parser("hearken-server", "Speech server of Hearken.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=values.port, default=10400, help="Wyoming; 0: any"
    )
    parser.add_argument(
        "--http-port", type=values.port, default=10401, help="control API; 0: any"
    )
    parser.add_argument("--data-dir", type=Path, default=_data_dir("server"))
    parser.add_argument(
        "--model",
        default="auto",
        help="speech model: auto, a folder, or a name that hearken-models lists",
    )
    parser.add_argument(
        "--language",
        default=None,
        help="with --model auto: choose, and download, the best model for this one",
    )
    parser.add_argument(
        "--budget-seconds",
        type=values.seconds,
        default=DEFAULT_BUDGET_SECONDS,
        help="longest time that model may take for a 3 s command (%(default)s)",
    )
    parser.add_argument(
        "--memory-limit-mb",
        type=values.count,
        help="most memory it may take; half of what is free unless set",
    )
    parser.add_argument(
        "--beam-size",
        type=int,
        choices=range(1, 6),
        default=5,
        help="texts followed at a time: 1 is quickest, 5 knows alternatives",
    )
    parser.add_argument(
        "--no-speculation",
        action="store_true",
        help="do not begin to decode in pauses: less work, later texts",
    )
    parser.add_argument(
        "--unload-after-seconds",
        type=values.seconds,
        default=None,
        help="free the speech model's memory when unused for so long",
    )
    parser.add_argument("--threads", type=values.count, default=default_threads())
    parser.add_argument(
        "--name", type=values.name, default="Hearken", help="name shown to people"
    )
    parser.add_argument(
        "--wake-dir",
        type=Path,
        help="folder of your own wake words; wake_words in the data folder unless set",
    )
    parser.add_argument(
        "--show-token", action="store_true", help="print the control token and end"
    )
    options = parser.parse_args(arguments)
    if options.show_token:
        return _run(show_token(options.data_dir), options.log_level)
    return _run(
        serve(
            ServerOptions(
                host=options.host,
                port=options.port,
                http_port=options.http_port,
                data_dir=options.data_dir,
                model=options.model,
                language=options.language,
                budget_seconds=options.budget_seconds,
                memory_limit_mb=options.memory_limit_mb,
                beam_size=options.beam_size,
                speculate=not options.no_speculation,
                unload_after_seconds=options.unload_after_seconds,
                threads=options.threads,
                name=options.name,
                announce=not options.no_announce,
                wake_dir=options.wake_dir or options.data_dir / "wake_words",
            )
        ),
        options.log_level,
    )


def models(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-models``."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from hearken_speech.models import cli as models_cli  # noqa: PLC0415 - heavy

    return models_cli.run(arguments, _data_dir("server") / "models")


def satellite(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-satellite``."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from hearken_speech.satellite import program  # noqa: PLC0415 - heavy

    parser = _parser("hearken-satellite", "Microphone and speaker of Hearken.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=values.port, default=10700, help="0: any")
    parser.add_argument("--data-dir", type=Path, default=_data_dir("satellite"))
    parser.add_argument(
        "--name", type=values.name, default="Hearken satellite", help="shown to people"
    )
    parser.add_argument("--area", default=None, help="the room it stands in")
    parser.add_argument(
        "--microphone",
        default="silence",
        help="silence, file:WAV, or folder:FOLDER to play WAV files put there",
    )
    parser.add_argument(
        "--speaker", default="none", help="none, or file:WAV for the last answer"
    )
    parser.add_argument(
        "--wake",
        choices=("server", "device"),
        default="server",
        help="where wake words are heard; on the device, no sound leaves it before",
    )
    parser.add_argument(
        "--wake-word",
        action="append",
        metavar="NAME",
        help="on the device: what to listen for, more than once for several "
        "(hey_jarvis)",
    )
    parser.add_argument(
        "--wake-threshold", type=float, default=0.5, help="0 to 1 (0.5)"
    )
    parser.add_argument(
        "--wake-patience", type=int, default=2, help="steps of 80 ms in a row (2)"
    )
    parser.add_argument(
        "--wake-dir",
        type=Path,
        help="folder of your own wake words; wake_words in the data folder unless set",
    )
    parser.add_argument(
        "--show-key", action="store_true", help="print the pairing key and end"
    )
    options = parser.parse_args(arguments)
    try:
        sensitivity = WordSettings(
            threshold=options.wake_threshold, patience=options.wake_patience
        )
    except ValueError as err:
        parser.error(str(err))
    if options.show_key:
        return _run(program.show_key(options.data_dir), options.log_level)
    return _run(
        program.serve(
            program.SatelliteOptions(
                host=options.host,
                port=options.port,
                data_dir=options.data_dir,
                name=options.name,
                announce=not options.no_announce,
                area=options.area,
                microphone=options.microphone,
                speaker=options.speaker,
                wake_on_device=options.wake == "device",
                wake_words=tuple(options.wake_word or ()),
                wake_dir=options.wake_dir,
                sensitivity=sensitivity,
            )
        ),
        options.log_level,
    )


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(name, description=description)
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    if name != "hearken-models":
        parser.add_argument(
            "--no-announce",
            action="store_true",
            help="do not make it known in the network (mDNS)",
        )
    parser.add_argument("--log-level", choices=_LOG_LEVELS, default="info")
    return parser


def _data_dir(part: str) -> Path:
    """Return where this part keeps its files unless told otherwise."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "hearken" / part


def _run(main: Coroutine[Any, Any, None], log_level: str) -> int:
    """Run a program to its end and return its exit status."""
    logging.basicConfig(
        level=log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # What is told there is of no use to an owner.
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)
    status = 0
    try:
        asyncio.run(main)
    # A task group wraps what it raises.
    except* HearkenError as group:
        for err in group.exceptions:
            logging.getLogger(__name__).error("%s", err)  # noqa: TRY400 - for users
        status = 1
    except* KeyboardInterrupt:
        status = 130
    _end_without(status)
    return status


def _end_without(status: int) -> None:
    """End now if a thread is still busy: nothing waits for what it does any more.

    A decode or a download cannot be interrupted, and the interpreter would wait.
    """
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    for thread in others:
        thread.join(timeout=2)
    # A daemon counts, too: one that is busy in a library would find it taken apart.
    if threading.active_count() > 1:
        logging.shutdown()
        sys.stdout.flush()
        os._exit(status)

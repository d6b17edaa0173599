"""The commands: ``hearken-server``, ``-satellite``, ``-models`` and ``-wake``."""

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
from hearken_speech import log, memory
from hearken_speech.errors import HearkenError
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

    from hearken_speech.server.app import ServerOptions

_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


def server(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-server``."""
    _limit_threads()
    from hearken_speech.server.app import serve, show_token  # noqa: PLC0415 - heavy

    parser = _parser("hearken-server", "Speech server of Hearken.")
    _add_server_arguments(parser)
    _add_model_arguments(parser)
    _add_decoding_arguments(parser)
    options = parser.parse_args(arguments)
    if options.show_token:
        return _run(show_token(options.data_dir), options.log_level)
    return _run(serve(_server_options(options)), options.log_level)


def _add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the server itself."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=values.port, default=10400, help="Wyoming; 0: any"
    )
    parser.add_argument(
        "--http-port", type=values.port, default=10401, help="control API; 0: any"
    )
    parser.add_argument("--data-dir", type=Path, default=_data_dir("server"))
    parser.add_argument(
        "--name", type=values.name, default="Hearken", help="name shown to people"
    )
    parser.add_argument(
        "--wake-dir",
        type=Path,
        help="folder of your own wake words; wake_words in the data folder unless set",
    )
    parser.add_argument(
        "--no-word-check",
        action="store_true",
        help="do not let the speech model check wake words that were made from text",
    )
    parser.add_argument(
        "--show-token", action="store_true", help="print the control token and exit"
    )


def _add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose the speech model."""
    from hearken_speech.models import Limits  # noqa: PLC0415 - heavy

    parser.add_argument(
        "--model",
        default="auto",
        help="speech model: auto, a folder, a name that hearken-models lists, or the "
        "name of a Whisper model in CTranslate2's format on the model hub",
    )
    parser.add_argument(
        "--language",
        default=None,
        help="with --model auto: choose and download the best model for this language",
    )
    parser.add_argument(
        "--budget-seconds",
        type=values.seconds,
        default=Limits.budget_seconds,
        help="time limit of that model for a 3 s command (%(default)s)",
    )
    parser.add_argument(
        "--memory-limit-mb",
        type=values.count,
        help="memory limit of that model; half of what is free unless set",
    )
    parser.add_argument(
        "--no-download",
        action="store_true",
        help="download no speech model that nobody named",
    )
    parser.add_argument(
        "--hub",
        type=values.web_address,
        default=None,
        help="address of the model hub; HF_ENDPOINT or Hugging Face unless set",
    )
    parser.add_argument(
        "--more-models",
        type=Path,
        action="append",
        metavar="FOLDER",
        help="folder with more speech models, which is only read",
    )


def _add_decoding_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of how the speech model runs."""
    from hearken_speech.models import LoadOptions  # noqa: PLC0415 - heavy
    from hearken_speech.server.recognizer import RecognizerOptions  # noqa: PLC0415 - heavy

    parser.add_argument(
        "--beam-size",
        type=int,
        choices=range(1, 6),
        default=RecognizerOptions.beam_size,
        help="texts followed at a time: 1 is fastest, 5 finds alternatives",
    )
    parser.add_argument(
        "--no-speculation",
        action="store_true",
        help="do not start decoding in pauses: less work, later transcripts",
    )
    parser.add_argument(
        "--unload-after-seconds",
        type=values.seconds,
        default=None,
        help="unload the speech model when it was not used for this long",
    )
    parser.add_argument(
        "--threads",
        type=values.count,
        default=LoadOptions.threads,
        help="threads for one command; as many commands at a time as there are cores "
        "for (%(default)s)",
    )


def _server_options(options: argparse.Namespace) -> ServerOptions:
    """Return the options of the server from its command line."""
    from hearken_speech.models import (  # noqa: PLC0415 - heavy
        Limits,
        LoadOptions,
        ManagerOptions,
        ModelOptions,
        workers_for,
    )
    from hearken_speech.server.app import ServerOptions  # noqa: PLC0415 - heavy
    from hearken_speech.server.recognizer import RecognizerOptions  # noqa: PLC0415 - heavy

    load = LoadOptions(threads=options.threads, workers=workers_for(options.threads))
    models = ModelOptions(
        model=options.model,
        folder=options.data_dir / "models",
        language=options.language,
        limits=Limits(
            budget_seconds=options.budget_seconds,
            memory_limit_mb=options.memory_limit_mb,
        ),
        download=not options.no_download,
        manager=ManagerOptions(
            load=load,
            unload_after_seconds=options.unload_after_seconds,
            hub=options.hub,
            other_folders=tuple(options.more_models or ()),
        ),
    )
    return ServerOptions(
        host=options.host,
        port=options.port,
        http_port=options.http_port,
        data_dir=options.data_dir,
        name=options.name,
        announce=not options.no_announce,
        wake_dir=options.wake_dir or options.data_dir / "wake_words",
        check_words=not options.no_word_check,
        recognizer=RecognizerOptions(
            models=models,
            beam_size=options.beam_size,
            speculate=not options.no_speculation,
        ),
    )


def models(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-models``."""
    _limit_threads()
    from hearken_speech.models import cli as models_cli  # noqa: PLC0415 - heavy

    return models_cli.run(arguments, _data_dir("server") / "models")


def wake(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-wake``."""
    _limit_threads()
    from hearken_speech.wake.making import cli as wake_cli  # noqa: PLC0415 - heavy

    return wake_cli.run(arguments, _data_dir("server"))


def satellite(arguments: Sequence[str] | None = None) -> int:
    """Run ``hearken-satellite``."""
    _limit_threads()
    memory.limit()
    from hearken_speech.satellite import cli as satellite_cli  # noqa: PLC0415 - heavy

    return _run(*satellite_cli.parsed(arguments, _data_dir("satellite")))


def _limit_threads() -> None:
    """Give each matrix product one thread, before numpy is imported.

    Threads that wait for work by spinning cost more than they gain on small matrices.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the arguments that server and satellite share."""
    parser = argparse.ArgumentParser(name, description=description)
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument(
        "--no-announce",
        action="store_true",
        help="do not announce it on the network (mDNS)",
    )
    parser.add_argument("--log-level", choices=_LOG_LEVELS, default="info")
    return parser


def _data_dir(part: str) -> Path:
    """Return the data folder of a program, unless an argument names another one."""
    if folder := os.environ.get("HEARKEN_DATA_DIR"):
        return Path(folder)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "hearken" / part


def _run(main: Coroutine[Any, Any, int | None], log_level: str) -> int:
    """Run a program and return its exit status."""
    log.set_up(log_level)
    status = 0
    try:
        status = asyncio.run(main) or 0
    # A task group wraps exceptions.
    except* HearkenError as group:
        for err in group.exceptions:
            logging.getLogger(__name__).error("%s", err)  # noqa: TRY400 - for users
        status = 1
    except* KeyboardInterrupt:
        status = 130
    _exit_despite_threads(status)
    return status


def _exit_despite_threads(status: int) -> None:
    """Exit the process now if a thread is still busy.

    A decode or a download cannot be interrupted, and the interpreter would wait.
    """
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    for thread in others:
        thread.join(timeout=2)
    # Daemon threads count, too: they may be busy in a library that is being torn down.
    if threading.active_count() > 1:
        logging.shutdown()
        sys.stdout.flush()
        os._exit(status)

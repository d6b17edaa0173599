"""The command ``hearken-models``: list, download, measure and delete models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hearken_speech import arguments as values
from hearken_speech.errors import HearkenError
from hearken_speech.models.choice import Limits, Requirements
from hearken_speech.models.loading import LoadOptions
from hearken_speech.models.manager import ManagerOptions, ModelManager
from hearken_speech.stt.languages import whisper_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.models.download import Progress
    from hearken_speech.models.listing import ListedModel


def run(arguments: Sequence[str] | None, default_folder: Path) -> int:
    """Run one command and return the exit status."""
    options = _parser(default_folder).parse_args(arguments)
    manager = ModelManager(
        options.folder,
        ManagerOptions(load=LoadOptions(threads=options.threads), hub=options.hub),
    )
    try:
        options.command(manager, options)
    except HearkenError as err:
        print(err, file=sys.stderr)  # noqa: T201 - a command
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser(default_folder: Path) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser("hearken-models", description="Speech models.")
    parser.add_argument("--folder", type=Path, default=default_folder)
    parser.add_argument("--hub", default=None, help="address of the model hub")
    parser.add_argument("--threads", type=values.count, default=LoadOptions.threads)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="show all models").set_defaults(command=_list)
    for name, command, text in (
        ("download", _download, "download a model"),
        ("delete", _delete, "remove a downloaded model, finished or not"),
        ("measure", _measure, "time a 3 s command"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("model")
        one.set_defaults(command=command)
    auto = commands.add_parser("auto", help="choose the best that is fast enough")
    auto.add_argument("language", help="such as en, de or zh")
    auto.add_argument(
        "--budget-seconds", type=values.seconds, default=Limits.budget_seconds
    )
    auto.add_argument("--memory-limit-mb", type=values.count, default=None)
    auto.add_argument(
        "--no-download", action="store_true", help="only what is installed"
    )
    auto.set_defaults(command=_auto)
    return parser


def _list(manager: ModelManager, _options: argparse.Namespace) -> None:
    """Show all models."""
    row = "{:<20} {:>9} {:<10} {:>8} {:>8}  {}"
    print(row.format("model", "size", "language", "memory", "speed", "state"))  # noqa: T201 - a command
    for model in manager.list_models():
        print(  # noqa: T201 - a command
            row.format(
                model.name,
                f"{model.size_mb or 0:.0f} MB",
                " ".join(model.languages or ("many",)),
                f"{model.memory_mb} MB" if model.memory_mb is not None else "?",
                f"{model.seconds:.2f} s" if model.seconds is not None else "-",
                _state(model),
            ).rstrip()
        )


def _state(model: ListedModel) -> str:
    """Return whether a model is installed."""
    if model.installed:
        return "own" if model.is_own else "installed"
    if model.unfinished_bytes is None:
        return ""
    return f"unfinished, {model.unfinished_bytes / 1e6:.0f} MB"


def _download(manager: ModelManager, options: argparse.Namespace) -> None:
    """Download a model and show the progress."""
    manager.install(options.model, _show)
    print(f"\n{options.model} is installed")  # noqa: T201 - a command


def _delete(manager: ModelManager, options: argparse.Namespace) -> None:
    """Delete a model."""
    manager.delete(options.model)
    print(f"{options.model} is removed")  # noqa: T201 - a command


def _measure(manager: ModelManager, options: argparse.Namespace) -> None:
    """Measure a model."""
    print(f"{manager.measure(options.model):.3f} s for a 3 s command")  # noqa: T201 - a command


def _auto(manager: ModelManager, options: argparse.Namespace) -> None:
    """Choose a model by measuring."""
    wanted = Requirements(
        language=whisper_code(options.language),
        limits=Limits(
            budget_seconds=options.budget_seconds,
            memory_limit_mb=options.memory_limit_mb,
        ),
        threads=options.threads,
    )
    chosen = manager.choose(wanted, download=not options.no_download, report=_show)
    if chosen.failure:
        print(chosen.failure, file=sys.stderr)  # noqa: T201 - a command
    print(f"{chosen.name} is the choice for {options.language}")  # noqa: T201 - a command


def _show(progress: Progress) -> None:
    """Show the progress of a download on one line."""
    percent = 100 * progress.done_bytes / max(1, progress.total_bytes)
    print(f"\r{progress.model}: {percent:.0f} %", end="", flush=True)  # noqa: T201 - a command

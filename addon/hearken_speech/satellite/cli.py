"""The command line of ``hearken-satellite``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from hearken_speech import arguments as values
from hearken_speech.satellite import options as satellite_options
from hearken_speech.satellite.commands import devices, install, meter, sound_test
from hearken_speech.satellite.program import (
    renew_key,
    serve,
    show_code,
    show_key,
)
from hearken_speech.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from hearken_speech.satellite.options import SatelliteOptions

    type Command = Callable[[SatelliteOptions, float | None], Awaitable[int]]

_COMMANDS: Final[dict[str, tuple[Command, str]]] = {
    "devices": (devices.run, "list microphones and speakers"),
    "meter": (meter.run, "show level, noise, clipping and wake score live"),
    "test": (sound_test.run, "record, play back, and say what is wrong"),
    "install": (install.install, "install the satellite as a service (as root)"),
    "uninstall": (
        install.uninstall,
        "remove the service with its data (as root)",
    ),
}

_ABOUT_PAIRING: Final = {
    "show_code": show_code,
    "show_key": show_key,
    "renew_key": renew_key,
}


def parsed(
    arguments: Sequence[str] | None, data_dir: Path
) -> tuple[Coroutine[Any, Any, int], str]:
    """Return what the command line asks for, and the level of the log."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.show_config:
        return _print(satellite_options.template()), "warning"
    try:
        options = satellite_options.read(given, data_dir, _usual_file(given))
    except satellite_options.OptionsError as err:
        parser.error(str(err))
    for name, show in _ABOUT_PAIRING.items():
        if getattr(given, name):
            return _done(show(options.data_dir)), options.log_level
    if given.command is not None:
        run, _ = _COMMANDS[given.command]
        level = "warning" if given.log_level is None else options.log_level
        return _awaited(run(options, given.seconds)), level
    return _done(serve(options)), options.log_level


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<12}{text}" for name, (_, text) in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        "hearken-satellite",
        # All options would hide what is wrong with one of them.
        usage="%(prog)s [COMMAND] [--OPTION ...]; --help lists them",
        description="Microphone and speaker of Hearken; runs without a command.\n\n"
        f"commands:\n{listed}",
        epilog="Every option may be in the TOML file, too, or in the environment, as "
        "HEARKEN_SATELLITE_NAME and so on. --show-config prints a file with all of "
        "them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=_COMMANDS, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument(
        "--show-code",
        action="store_true",
        help="print six digits to pair with, valid for ten minutes, and end",
    )
    parser.add_argument(
        "--show-key", action="store_true", help="print the pairing key and end"
    )
    parser.add_argument(
        "--renew-key",
        action="store_true",
        help="replace the pairing key: Home Assistant has to be paired again",
    )
    parser.add_argument(
        "--show-config", action="store_true", help="print a commented TOML file"
    )
    parser.add_argument(
        "--seconds", type=values.seconds, help="how long meter and test listen"
    )
    satellite_options.add_arguments(parser)
    return parser


def _usual_file(given: argparse.Namespace) -> Path | None:
    """Return the file of the service, which commands about it use."""
    path = satellite_options.SYSTEM_FILE
    is_about_pairing = any(getattr(given, name) for name in _ABOUT_PAIRING)
    is_about_service = given.command is not None or is_about_pairing
    return path if is_about_service and os.access(path, os.R_OK) else None


async def _awaited(work: Awaitable[int]) -> int:
    return await work


async def _done(work: Awaitable[None]) -> int:
    await work
    return 0


async def _print(text: str) -> int:
    print(text, end="")  # noqa: T201 - what was asked for
    return 0

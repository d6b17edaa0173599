"""Options of the satellite: on the command line, in a TOML file, in the environment."""

from __future__ import annotations

import argparse
import difflib
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearken_speech import arguments as values
from hearken_speech.errors import HearkenError
from hearken_speech.satellite.devices.enhancer import MAX_AUTO_GAIN_DB
from hearken_speech.wake.settings import WordSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SYSTEM_FILE: Final = Path("/etc/hearken/satellite.toml")
_PREFIX: Final = "HEARKEN_SATELLITE_"
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


class OptionsError(HearkenError):
    """An option is unknown or has a value that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class SatelliteOptions:
    """Everything that can be set for a satellite before it starts."""

    host: str = "127.0.0.1"
    port: int = 10700
    data_dir: Path
    name: str = "Hearken satellite"
    area: str | None = None
    announce: bool = True
    microphone: str = "device"
    channel: int | None = None
    speaker: str = "device"
    echo_cancelling: bool = True
    auto_gain_db: float = 0.0
    noise_reduction_db: int = 0
    ducking: bool = True
    wake_on_device: bool = False
    wake_words: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    wake_dir: Path | None = None
    sensitivity: WordSettings = field(default_factory=WordSettings)
    lights: str = "none"
    led_brightness: float = 0.2
    buttons: tuple[str, ...] = ()
    hook_command: str | None = None
    hook_socket: Path | None = None
    log_level: str = "info"


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how it is called, read and explained."""

    name: str
    parse: Callable[[str], Any]
    example: str
    """Its value in TOML in the commented file; the default where there is one."""
    help: str
    is_list: bool = False

    @property
    def flag(self) -> str:
        """Return how it is called on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Return how it is called in the environment."""
        return _PREFIX + self.name.upper()


def _choice(*allowed: str) -> Callable[[str], str]:
    """Return a parser that accepts these words."""

    def parse(text: str) -> str:
        if text not in allowed:
            msg = f"{text!r} is not one of: {', '.join(allowed)}"
            raise argparse.ArgumentTypeError(msg)
        return text

    return parse


def _number(lowest: float, highest: float) -> Callable[[str], float]:
    """Return a parser of numbers in a range."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        # This is false for NaN, too.
        if not lowest <= value <= highest:
            msg = f"{text!r} is not a number from {lowest:g} to {highest:g}"
            raise argparse.ArgumentTypeError(msg)
        return value

    return parse


def _switch(text: str) -> bool:
    """Return whether something is on."""
    switches = {"true": True, "on": True, "false": False, "off": False}
    if text.lower() not in switches:
        msg = f"{text!r} is neither true nor false"
        raise argparse.ArgumentTypeError(msg)
    return switches[text.lower()]


OPTIONS: Final = (
    Option("name", values.name, '"Kitchen"', "name shown to people"),
    Option("area", str, '"Kitchen"', "the room it stands in"),
    Option(
        "microphone",
        str,
        '"device"',
        "device, or device:NAME with a name of `hearken-satellite devices` or a part "
        "of one; silence, file:WAV, or folder:FOLDER to play WAV files put there",
    ),
    Option(
        "channel",
        values.count,
        "1",
        "channel of a microphone array, from 1 on; unless set, stereo is mixed and of "
        "more channels the first is used",
    ),
    Option(
        "speaker",
        str,
        '"device"',
        "device or device:NAME; none, file:WAV to keep the last answer, or "
        "realtime:WAV to take the time it lasts, too",
    ),
    Option(
        "echo_cancelling",
        _switch,
        "true",
        "hear the wake word while the satellite itself speaks",
    ),
    Option(
        "auto_gain_db",
        _number(0, MAX_AUTO_GAIN_DB),
        "0",
        "raise quiet speech by up to so many decibels before it is sent; 0: never",
    ),
    Option(
        "noise_reduction_db",
        lambda text: int(_number(0, 30)(text)),
        "0",
        "reduce steady noise by up to so many decibels before speech is sent; 0: never "
        "(needs libspeexdsp1)",
    ),
    Option(
        "ducking",
        _switch,
        "true",
        "turn other programs down while it listens and speaks (needs an audio server)",
    ),
    Option(
        "wake",
        _choice("server", "device"),
        '"device"',
        "where wake words are heard; on the device, no sound leaves it before",
    ),
    Option(
        "wake_word",
        str,
        '["hey_jarvis"]',
        "on the device: what to listen for, several if you like (hey_jarvis)",
        is_list=True,
    ),
    Option(
        "stop_word",
        str,
        '["stop"]',
        "on the device: a wake word that stops an answer or a ringing timer instead",
        is_list=True,
    ),
    Option("wake_threshold", _number(0, 1), "0.5", "detection score, 0 to 1 (0.5)"),
    Option("wake_patience", values.count, "2", "steps of 80 ms in a row (2)"),
    Option(
        "wake_dir",
        Path,
        '"/etc/hearken/wake_words"',
        "folder of your own wake words; wake_words in the data folder unless set",
    ),
    Option(
        "lights",
        str,
        '"none"',
        "none, gpio:PIN for one LED, gpio:RED,GREEN,BLUE for a colored one, or "
        "apa102:COUNT for the LEDs of a microphone HAT on the SPI bus",
    ),
    Option("led_brightness", _number(0, 1), "0.2", "brightness of lights, 0 to 1"),
    Option(
        "button",
        str,
        '["action:17"]',
        "action:PIN, mute:PIN, volume_up:PIN or volume_down:PIN of a button to ground; "
        "mute_switch:PIN of a switch that mutes while it is closed",
        is_list=True,
    ),
    Option(
        "hook_command",
        str,
        '"/usr/local/bin/hearken-hook"',
        "command that is run for each event, with the event as its argument and the "
        "details as JSON on standard input",
    ),
    Option(
        "hook_socket",
        Path,
        '"/run/hearken-satellite/events"',
        "local socket that reports each event as a line of JSON, and takes presses",
    ),
    Option("host", str, '"0.0.0.0"', "address to listen on"),
    Option("port", values.port, "10700", "0: any"),
    Option("announce", _switch, "true", "announce it on the network (mDNS)"),
    Option(
        "data_dir", Path, '"/var/lib/hearken-satellite"', "folder of key and settings"
    ),
    Option("log_level", _choice(*_LOG_LEVELS), '"info"', "how much is logged"),
)
_BY_NAME: Final = {option.name: option for option in OPTIONS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every option, and the file that may set them, to a command."""
    parser.add_argument(
        "--config",
        type=Path,
        default=None,
        help=f"TOML file with these options; commands use {SYSTEM_FILE} if it exists",
    )
    for option in OPTIONS:
        arguments: dict[str, Any] = {"type": option.parse, "help": option.help}
        if option.parse is _switch:
            arguments |= {"nargs": "?", "const": True, "metavar": "true|false"}
        if option.is_list:
            arguments |= {"action": "append", "metavar": option.name.upper()}
        parser.add_argument(option.flag, dest=option.name, default=None, **arguments)
    parser.add_argument(
        "--no-announce", dest="announce", action="store_false", help=argparse.SUPPRESS
    )


def read(
    arguments: argparse.Namespace,
    data_dir: Path,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> SatelliteOptions:
    """Return the options; raise OptionsError for one that cannot be used.

    The command line wins over the environment, and that over the file: the one that
    the command line names, or else this one.
    """
    path = arguments.config or file
    found: dict[str, Any] = {} if path is None else _of_file(path)
    found |= _of_environment(environment)
    found |= {
        option.name: value
        for option in OPTIONS
        if (value := getattr(arguments, option.name)) is not None
    }
    return _options(found, data_dir)


def template() -> str:
    """Return a file in which every option is explained and commented out."""
    lines = [
        "# Options of this Hearken satellite. Remove the # in front of those you need,",
        "# then run: sudo systemctl restart hearken-satellite",
    ]
    for option in OPTIONS:
        lines += [
            "",
            *(f"# {line}" for line in _wrapped(option.help)),
            f"# {option.name} = {option.example}",
        ]
    return "\n".join(lines) + "\n"


def _of_file(path: Path) -> dict[str, Any]:
    """Return the options of a file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        msg = f"{path} cannot be read: {err.strerror or err}"
        raise OptionsError(msg) from err
    except ValueError as err:
        msg = f"{path} is not valid TOML: {err}"
        raise OptionsError(msg) from err
    return {
        name: _checked(_known(name, path), value, f"{name} in {path}")
        for name, value in data.items()
    }


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of the environment; those of a list are between commas."""
    return {
        option.name: _checked(
            option, text.split(",") if option.is_list else text, option.variable
        )
        for option in OPTIONS
        if (text := environment.get(option.variable))
    }


def _known(name: str, path: Path) -> Option:
    """Return the option with this name."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = difflib.get_close_matches(name, _BY_NAME, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    msg = f"{path} has an unknown option {name[:40]!r}{hint}"
    raise OptionsError(msg)


def _checked(option: Option, value: Any, where: str) -> Any:
    """Return a value as it is used; the error for a wrong one says where it is."""
    try:
        if option.is_list:
            several = value if isinstance(value, list) else [value]
            return [option.parse(_text(each)) for each in several]
        return option.parse(_text(value))
    except (argparse.ArgumentTypeError, ValueError) as err:
        msg = f"{where}: {err}"
        raise OptionsError(msg) from err


def _text(value: Any) -> str:
    """Return a value of TOML as it would be on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    msg = f"a {type(value).__name__} cannot be used here"
    raise ValueError(msg)


def _options(found: dict[str, Any], data_dir: Path) -> SatelliteOptions:
    """Return the options of these values, and the defaults of all others."""
    fields = {"data_dir": data_dir, **found}
    words = {
        name: fields.pop(f"wake_{name}")
        for name in ("threshold", "patience")
        if f"wake_{name}" in fields
    }
    try:
        sensitivity = WordSettings(**words)
    except ValueError as err:
        raise OptionsError(str(err)) from err
    return SatelliteOptions(
        wake_on_device=fields.pop("wake", "server") == "device",
        wake_words=tuple(fields.pop("wake_word", ())),
        stop_words=tuple(fields.pop("stop_word", ())),
        buttons=tuple(fields.pop("button", ())),
        sensitivity=sensitivity,
        **fields,
    )


def _wrapped(text: str, width: int = 86) -> list[str]:
    """Return a text in lines."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines

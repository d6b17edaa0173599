"""Test the options of a satellite: file, environment and command line."""

import argparse
import tomllib
from pathlib import Path

import pytest

from hearken_speech.satellite import options as satellite_options
from hearken_speech.satellite.options import (
    OPTIONS,
    OptionsError,
    SatelliteOptions,
    read,
    template,
)


def _read(
    folder: Path, *arguments: str, toml: str = "", **environment: str
) -> SatelliteOptions:
    """Return the options of a file, the environment and a command line."""
    path = folder / "satellite.toml"
    path.write_text(toml)
    parser = argparse.ArgumentParser()
    satellite_options.add_arguments(parser)
    given = parser.parse_args(["--config", str(path), *arguments])
    return read(given, folder, environment=environment)


def test_the_command_line_wins(tmp_path: Path) -> None:
    """The command line wins over the environment, and that over the file."""
    toml = 'name = "File"\narea = "File"\nport = 1\nwake_word = ["alexa"]\n'
    found = _read(
        tmp_path,
        *("--name", "Line", "--no-announce"),
        toml=toml,
        HEARKEN_SATELLITE_NAME="Environment",
        HEARKEN_SATELLITE_AREA="Environment",
        HEARKEN_SATELLITE_BUTTON="action:17,mute:4",
    )
    assert (found.name, found.area, found.port) == ("Line", "Environment", 1)
    assert found.wake_words == ("alexa",)
    assert found.buttons == ("action:17", "mute:4")
    assert found.announce is False
    assert found.data_dir == tmp_path


def test_the_template_explains_every_option(tmp_path: Path) -> None:
    """With every line activated, it is valid; as it is, it changes nothing."""
    lines = template().splitlines()
    active = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith(tuple(f"# {option.name} = " for option in OPTIONS))
    ]
    assert set(tomllib.loads("\n".join(active))) == {option.name for option in OPTIONS}
    found = _read(tmp_path, toml="\n".join(active))
    assert found.wake_on_device
    assert found.buttons == ("action:17",)
    assert _read(tmp_path, toml=template()) == _read(tmp_path)
    assert max(map(len, lines)) <= 90


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('nam = "x"', "unknown option 'nam'; did you mean name?"),
        ("port = 70000", "port in .*: '70000' is not a port"),
        ("port = [1]", "a list cannot be used here"),
        ('auto_gain_db = "loud"', "is not a number from 0 to 30"),
        ("echo_cancelling = 3", "neither true nor false"),
        ('wake = "cloud"', "is not one of: server, device"),
        ("wake_threshold = 0", "the threshold must be above 0"),
        ("name = ", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, toml: str, message: str) -> None:
    """The error names the option and what would be right."""
    with pytest.raises(OptionsError, match=message):
        _read(tmp_path, toml=toml)


def test_a_wrong_variable_is_explained(tmp_path: Path) -> None:
    """The error names the variable."""
    with pytest.raises(OptionsError, match="HEARKEN_SATELLITE_PORT: 'x' is not a port"):
        _read(tmp_path, HEARKEN_SATELLITE_PORT="x")

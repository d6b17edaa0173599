"""Test the files of the service, and the page that installs it."""

import configparser
import re
import tomllib
from pathlib import Path

from hearken_speech.satellite.commands import service
from tests.contract.files import ROOT

PROGRAM = Path("/opt/hearken-satellite/bin/hearken-satellite")


def _files(*groups: str) -> dict[Path, str]:
    """Return the files on a system with these groups."""
    found = service.files(PROGRAM, frozenset(groups), {})
    return {file.path: file.content for file in found}


def test_the_unit_is_hardened() -> None:
    """The service has its own user, few rights, and only the devices it needs."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names
    unit.read_string(_files("audio", "gpio")[service.UNIT_FILE])
    section = unit["Service"]
    assert section["ExecStart"].startswith(f"{PROGRAM} --config /etc/hearken/")
    assert section["User"] == service.USER
    assert section["SupplementaryGroups"] == "audio gpio"
    assert section["NoNewPrivileges"] == "yes"
    assert section["ProtectSystem"] == "strict"
    assert section["DevicePolicy"] == "closed"
    assert section["CapabilityBoundingSet"] == ""
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_devices_without_a_group_get_one() -> None:
    """Where a group is missing, udev gives its devices to the service."""
    assert service.UDEV_FILE not in _files("audio", "gpio", "spi")
    rules = _files("audio", "spi")[service.UDEV_FILE]
    assert 'KERNEL=="gpiochip*"' in rules
    assert "spidev" not in rules
    assert f'GROUP="{service.USER}"' in rules


def test_a_new_configuration_has_what_was_chosen() -> None:
    """Everything else stays a comment; only the owner changes it later."""
    (config,) = [
        file
        for file in service.files(
            PROGRAM, frozenset(), {"name": '"Küche"', "channel": "2"}
        )
        if file.is_kept
    ]
    assert tomllib.loads(config.content) == {"name": "Küche", "channel": 2}
    assert "# port = 10700" in config.content


def test_the_page_names_every_light_and_button() -> None:
    """The ten lines are there, and commands and options exist."""
    page = (ROOT / "docs" / "satellite.md").read_text("utf-8")
    start, end = "<!-- install:start -->", "<!-- install:end -->"
    steps = page.partition(start)[2].partition(end)[0].split("```")[1].splitlines()[1:]
    assert len(steps) <= 10
    assert any(step.startswith("scripts/install-satellite --name") for step in steps)
    options = service.configuration({})
    for name in re.findall(r"^(\w+) = ", page, re.MULTILINE):
        assert f"# {name} = " in options, name

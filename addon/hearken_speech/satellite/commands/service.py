"""What the service of a satellite consists of: files, a user and its groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.satellite.options import SYSTEM_FILE, template

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "hearken-satellite"
USER: Final = "hearken-satellite"
UNIT_FILE: Final = Path("/etc/systemd/system/hearken-satellite.service")
UDEV_FILE: Final = Path("/etc/udev/rules.d/60-hearken-satellite.rules")
DATA_DIR: Final = Path("/var/lib/hearken-satellite")
GROUPS: Final = ("audio", "gpio", "spi")
"""Groups that own the devices; Raspberry Pi OS has all of them, Debian only audio."""

_UNIT: Final = """\
[Unit]
Description=Hearken satellite: microphone and speaker of a room
Documentation=https://github.com/hearken-voice/hearken
Wants=network-online.target
After=network-online.target sound.target

[Service]
Type=exec
ExecStart={program} --config {config}
User={user}
Group={user}
SupplementaryGroups={groups}
Environment=HOME={data_dir} PYTHONDONTWRITEBYTECODE=1
StateDirectory={service}
StateDirectoryMode=0700
RuntimeDirectory={service}
RuntimeDirectoryMode=0750
UMask=0077
Restart=always
RestartSec=2
MemoryMax=300M
TasksMax=64

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateUsers=no
DevicePolicy=closed
DeviceAllow=char-alsa rw
DeviceAllow=char-gpiochip rw
DeviceAllow=char-spidev rw
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@resources @privileged

[Install]
WantedBy=multi-user.target
"""
_UDEV: Final = """\
# Written by hearken-satellite install: this system has no groups for these devices.
"""
_UDEV_RULES: Final = {
    "gpio": 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="{user}", MODE="0660"\n',
    "spi": 'SUBSYSTEM=="spidev", GROUP="{user}", MODE="0660"\n',
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the service."""

    path: Path
    content: str
    is_kept: bool = False
    """One that is there already belongs to the owner and stays as it is."""


def files(
    program: Path, groups: frozenset[str], chosen: Mapping[str, str]
) -> list[File]:
    """Return the files of the service on a system that has these groups.

    ``chosen`` are options, as TOML, that the configuration starts with.
    """
    there = [group for group in GROUPS if group in groups]
    unit = _UNIT.format(
        program=program,
        config=SYSTEM_FILE,
        service=SERVICE,
        user=USER,
        groups=" ".join(there),
        data_dir=DATA_DIR,
    )
    found = [
        File(SYSTEM_FILE, configuration(chosen), is_kept=True),
        File(UNIT_FILE, unit),
    ]
    rules = [rule for group, rule in _UDEV_RULES.items() if group not in groups]
    if rules:
        found.append(File(UDEV_FILE, _UDEV + "".join(rules).format(user=USER)))
    return found


def configuration(chosen: Mapping[str, str]) -> str:
    """Return the commented file with some options set."""
    text = template()
    for name, value in chosen.items():
        line = re.compile(rf"^# {re.escape(name)} = .*$", re.MULTILINE)
        text = line.sub(lambda _: f"{name} = {value}", text, count=1)  # noqa: B023 - used at once
    return text

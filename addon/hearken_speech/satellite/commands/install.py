"""Install the satellite as a service of the system, and remove it again."""

from __future__ import annotations

import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearken_speech.errors import HearkenError
from hearken_speech.satellite.options import SYSTEM_FILE

from . import service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hearken_speech.satellite.options import SatelliteOptions

_HOMES: Final = ("/home/", "/root/")
_SYSTEMD: Final = Path("/run/systemd/system")
_COMMAND_SECONDS: Final = 60


class InstallError(HearkenError):
    """The service cannot be installed or removed."""


async def install(options: SatelliteOptions, _seconds: float | None) -> int:
    """Install the service and start it; running it again updates it."""
    _check_root()
    program = _program()
    if str(program).startswith(_HOMES):
        msg = (
            f"{program} is in a home folder, which the service cannot read: install it "
            "elsewhere, as scripts/install-satellite does"
        )
        raise InstallError(msg)
    groups = frozenset(entry.gr_name for entry in grp.getgrall())
    _make_user([group for group in service.GROUPS if group in groups])
    for file in service.files(program, groups, _chosen(options)):
        _write(file)
    _systemctl("daemon-reload")
    _udev()
    _systemctl("enable", service.SERVICE)
    # A service that runs already has to take note of what was changed.
    _systemctl("restart", service.SERVICE)
    _say(f"edit {SYSTEM_FILE} to change anything")
    _say(f"its log: journalctl -u {service.SERVICE}")
    return 0


async def uninstall(_options: SatelliteOptions, _seconds: float | None) -> int:
    """Remove the service with its configuration, its key and its user."""
    _check_root()
    _systemctl("disable", "--now", service.SERVICE)
    for path in (service.UNIT_FILE, service.UDEV_FILE, SYSTEM_FILE):
        if path.exists():
            _say(f"removing {path}")
            path.unlink()
    if SYSTEM_FILE.parent.is_dir() and not any(SYSTEM_FILE.parent.iterdir()):
        SYSTEM_FILE.parent.rmdir()
    if service.DATA_DIR.exists():
        _say(f"removing {service.DATA_DIR}")
        shutil.rmtree(service.DATA_DIR)
    if _has_user():
        _say(f"removing the user {service.USER}")
        _run("userdel", service.USER)
    _systemctl("daemon-reload")
    _udev()
    return 0


def _program() -> Path:
    """Return the path of this program."""
    return Path(sys.argv[0]).resolve()


def _chosen(options: SatelliteOptions) -> dict[str, str]:
    """Return the options that a new configuration starts with."""
    chosen = {
        "name": json.dumps(options.name, ensure_ascii=False),
        "microphone": json.dumps(options.microphone, ensure_ascii=False),
        "speaker": json.dumps(options.speaker, ensure_ascii=False),
        "wake": '"device"',
        "lights": json.dumps(options.lights),
        "host": '"0.0.0.0"',
        "data_dir": json.dumps(str(service.DATA_DIR)),
    }
    if options.area is not None:
        chosen["area"] = json.dumps(options.area, ensure_ascii=False)
    if options.channel is not None:
        chosen["channel"] = str(options.channel)
    if options.buttons:
        chosen["button"] = json.dumps(list(options.buttons))
    return chosen


def _check_root() -> None:
    if os.geteuid() != 0:
        msg = "this needs root: put sudo in front of it"
        raise InstallError(msg)


def _has_user() -> bool:
    """Tell whether the user of the service exists."""
    try:
        pwd.getpwnam(service.USER)
    except KeyError:
        return False
    return True


def _make_user(groups: Sequence[str]) -> None:
    """Create the user of the service, in the groups of the devices."""
    if not _has_user():
        _say(f"creating the user {service.USER}")
        _run(
            *("useradd", "--system", "--user-group", "--no-create-home"),
            *("--home-dir", str(service.DATA_DIR), "--shell", "/usr/sbin/nologin"),
            service.USER,
        )
    service.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.chown(service.DATA_DIR, service.USER, service.USER)
    if groups:
        _run("usermod", "--append", "--groups", ",".join(groups), service.USER)


def _write(file: service.File) -> None:
    """Write a file unless it is there and kept, or the same."""
    if file.path.exists() and (
        file.is_kept or file.path.read_text("utf-8") == file.content
    ):
        _say(f"{file.path} stays as it is")
        return
    _say(f"writing {file.path}")
    file.path.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.path.with_name(f".{file.path.name}.new")
    temporary.write_text(file.content, "utf-8")
    temporary.chmod(0o644)
    temporary.replace(file.path)


def _systemctl(*arguments: str) -> None:
    """Tell systemd something; without it, as in a container, say so."""
    if not _SYSTEMD.is_dir():
        _say(f"systemd does not run here; skipped: systemctl {' '.join(arguments)}")
        return
    _run("systemctl", *arguments, may_fail="disable" in arguments)


def _udev() -> None:
    """Let udev apply its rules where it runs."""
    if Path("/run/udev/control").exists():
        _run("udevadm", "control", "--reload", may_fail=True)
        _run("udevadm", "trigger", may_fail=True)


def _run(*command: str, may_fail: bool = False) -> None:
    """Run a command; raise InstallError with what it said."""
    try:
        done = subprocess.run(  # noqa: S603 - commands of ours
            command, check=False, capture_output=True, timeout=_COMMAND_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        msg = f"{command[0]} could not be run: {err}"
        raise InstallError(msg) from err
    if done.returncode and not may_fail:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        msg = f"{' '.join(command)} failed: {said}"
        raise InstallError(msg)


def _say(text: str) -> None:
    print(f"- {text}", flush=True)

"""Test the command lines."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hearken_speech import cli
from hearken_speech.version import VERSION
from tests.speech.program import Program

PROGRAMS = pytest.mark.parametrize("name", ["hearken-server", "hearken-satellite"])


def _run(name: str, *arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run a command to its end; return status, output and log."""
    with Program(name, *arguments, log=folder / "log") as program:
        lines = []
        while line := program.line():
            lines.append(line)
        return program.wait(), "\n".join(lines), program.log


@PROGRAMS
def test_version(name: str, tmp_path: Path) -> None:
    """The version is that of the package."""
    assert _run(name, "--version", folder=tmp_path) == (0, f"{name} {VERSION}", "")


@pytest.mark.parametrize("program", [cli.server, cli.satellite])
def test_help_names_every_option(
    program: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help exits with status 0 and mentions the ports and the data folder."""
    assert callable(program)
    with pytest.raises(SystemExit) as end:
        program(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert {"--host", "--port", "--data-dir", "--name", "--log-level"} <= set(
        text.replace(",", " ").split()
    )


@PROGRAMS
@pytest.mark.parametrize("port", ["65536", "-1", "http", "", "1.5", "99999999999"])
def test_a_wrong_port_is_explained(
    name: str, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error describes a valid port."""
    program = {"hearken-server": cli.server, "hearken-satellite": cli.satellite}[name]
    with pytest.raises(SystemExit) as end:
        program([f"--port={port}"])
    assert end.value.code == 2
    assert "is not a port: use 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["nan", "inf", "-1", "0", "soon", ""])
@pytest.mark.parametrize(
    ("program", "before"), [(cli.server, []), (cli.models, ["auto", "en"])]
)
def test_a_wrong_budget_is_explained(
    program: Callable[[Sequence[str]], int],
    before: list[str],
    given: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Invalid budgets would allow no model, or every one."""
    with pytest.raises(SystemExit) as end:
        program([*before, f"--budget-seconds={given}"])
    assert end.value.code == 2
    assert "is not a number of seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--threads", "--memory-limit-mb"])
@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5", ""])
def test_a_wrong_count_is_explained(
    option: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error describes a valid count."""
    with pytest.raises(SystemExit) as end:
        cli.server([f"{option}={given}"])
    assert end.value.code == 2
    assert "is not a whole number above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--threads", "many"], ["--log-level", "loud"], ["--no-such-option"], ["extra"]],
    ids=" ".join,
)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    """Invalid options exit with status 2."""
    with pytest.raises(SystemExit) as end:
        cli.server(arguments)
    assert end.value.code == 2


@PROGRAMS
@pytest.mark.parametrize("given", ["", " ", "x" * 1_001])
def test_a_name_that_nobody_could_read(
    name: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that Home Assistant would refuse is refused here."""
    program = {"hearken-server": cli.server, "hearken-satellite": cli.satellite}[name]
    with pytest.raises(SystemExit) as end:
        program([f"--name={given}"])
    assert end.value.code == 2
    assert "is not a usable name" in capsys.readouterr().err


def test_the_data_folder_follows_the_desktop_rules(tmp_path: Path) -> None:
    """Without --data-dir, files are stored in the user's data folder."""
    with Program(
        "hearken-satellite",
        "--show-key",
        log=tmp_path / "log",
        environment={"XDG_DATA_HOME": str(tmp_path / "home")},
    ) as program:
        assert len(program.line()) == 32
        assert program.wait() == 0
    assert (tmp_path / "home" / "hearken" / "satellite" / "satellite.json").is_file()


def test_server_shows_its_token(tmp_path: Path) -> None:
    """The token is created once, and the server accepts it."""
    arguments = ("--data-dir", str(tmp_path / "data"), "--show-token")
    status, token, _ = _run("hearken-server", *arguments, folder=tmp_path)
    assert status == 0
    assert len(token) > 20
    assert _run("hearken-server", *arguments, folder=tmp_path)[1] == token
    assert token in (tmp_path / "data" / "server.json").read_text()

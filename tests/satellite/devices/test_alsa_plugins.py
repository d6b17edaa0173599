"""Test which plugins of ALSA are seen."""

import os
from pathlib import Path

import pytest

from hearken_speech.satellite.devices.alsa_plugins import VARIABLE, leave_out

PLUGINS = (
    "libasound_module_pcm_a52.so",
    "libasound_module_pcm_jack.so",
    "libasound_module_pcm_pulse.so",
    "libasound_module_rate_lavrate_fast.so",
    "libasound_module_rate_samplerate.so",
)


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with plugins; the variable is restored afterwards."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.delenv(VARIABLE)
    for name in PLUGINS:
        (tmp_path / name).write_text(name)
    return tmp_path


def test_plugins_that_load_much_are_left_out(folder: Path) -> None:
    """The audio server and the conversion of rates stay; the folder goes."""
    kept = leave_out(folder)
    assert kept is not None
    assert os.environ[VARIABLE] == kept.name
    seen = {each.name: each.read_text() for each in Path(kept.name).iterdir()}
    wanted = (PLUGINS[2], PLUGINS[4])
    assert seen == dict(zip(wanted, wanted, strict=True))
    kept.cleanup()
    assert not Path(kept.name).exists()


def test_plugins_of_the_user_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names a folder wants that one."""
    monkeypatch.setenv(VARIABLE, "/opt/plugins")
    assert leave_out(folder) is None
    assert os.environ[VARIABLE] == "/opt/plugins"


def test_a_system_without_plugins_is_left_alone(folder: Path) -> None:
    """Not every system has them, or has them there."""
    assert leave_out(folder / "nowhere") is None
    assert VARIABLE not in os.environ

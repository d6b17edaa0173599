"""Test the satellite's settings and their storage."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hearken_speech.errors import RequestError
from hearken_speech.protocol import MAX_WORDS, SatelliteSettings
from hearken_speech.satellite.settings import DEFAULTS, SettingsKeeper

WORDS = SatelliteSettings(
    muted=False, volume=1.0, gain_db=0.0, wake_words=("alexa",), thresholds={}
)


def _check(settings: SatelliteSettings) -> None:
    """Accept two words."""
    if set(settings.wake_words or ()) - {"alexa", "okay_nabu"}:
        msg = "unknown word"
        raise RequestError(msg)


async def test_changes_are_kept_over_a_restart(tmp_path: Path) -> None:
    """Each change is stored and replaces only what it names."""
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, WORDS, _check)
    await keeper.change(SatelliteSettings(muted=True, thresholds={"alexa": 0.7}))
    await keeper.change(
        SatelliteSettings(volume=0.5, gain_db=6.0, thresholds={"okay_nabu": 0.4})
    )
    await keeper.change(SatelliteSettings(wake_words=("okay_nabu", "alexa")))
    expected = SatelliteSettings(
        muted=True,
        volume=0.5,
        gain_db=6.0,
        wake_words=("okay_nabu", "alexa"),
        thresholds={"alexa": 0.7, "okay_nabu": 0.4},
    )
    assert keeper.current == expected
    assert SettingsKeeper(path, WORDS, _check).current == expected
    assert path.stat().st_mode & 0o077 == 0


async def test_other_words_on_the_command_line_count_for_more(tmp_path: Path) -> None:
    """Words from a changed command line replace the stored ones; the rest stays."""
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, WORDS, _check)
    await keeper.change(SatelliteSettings(volume=0.5, wake_words=("okay_nabu",)))
    other = SatelliteSettings(
        muted=False, wake_words=("alexa", "okay_nabu"), thresholds={}
    )
    assert SettingsKeeper(path, other, _check).current == SatelliteSettings(
        muted=False,
        volume=0.5,
        gain_db=0.0,
        wake_words=("alexa", "okay_nabu"),
        thresholds={},
    )


async def test_a_word_that_is_gone_is_replaced(tmp_path: Path) -> None:
    """The words from the command line are used instead of missing ones."""
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(path, WORDS)
    await keeper.change(SatelliteSettings(wake_words=("my_own",)))
    assert SettingsKeeper(path, WORDS, _check).current == WORDS


@pytest.mark.parametrize(
    "changes",
    [
        SatelliteSettings(muted=True, wake_words=("nope",)),
        SatelliteSettings(
            muted=True, thresholds={str(number): 0.5 for number in range(MAX_WORDS + 1)}
        ),
    ],
    ids=["word", "thresholds"],
)
async def test_wrong_changes_are_refused(
    tmp_path: Path, changes: SatelliteSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """An invalid change is refused as a whole, and the current settings are sent."""
    keeper = SettingsKeeper(tmp_path / "settings.json", WORDS, _check)
    calls: list[str] = []
    keeper.listen(lambda: calls.append("changed"), lambda: calls.append("kept"))
    await keeper.change(changes)
    assert keeper.current == WORDS
    assert calls == ["changed", "kept"]
    assert "settings not changed" in caplog.text
    assert not (tmp_path / "settings.json").exists()


async def test_words_need_ears(tmp_path: Path) -> None:
    """A satellite without wake word detection has no words to change."""
    keeper = SettingsKeeper(tmp_path / "settings.json")
    await keeper.change(SatelliteSettings(gain_db=3.0, wake_words=("alexa",)))
    assert keeper.current == replace(DEFAULTS, gain_db=3.0)


@pytest.mark.parametrize("content", ["{", "[]", '{"muted": "no"}', '{"volume": 9}'])
def test_damaged_settings_mean_muted(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With damaged settings, the satellite starts muted."""
    path = tmp_path / "settings.json"
    path.write_text(content)
    assert SettingsKeeper(path).current.muted is True
    assert "muted, to be safe" in caplog.text


async def test_a_full_disk_does_not_keep_the_microphone_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The change applies until the restart, and a warning is logged."""
    caplog.set_level("INFO")
    keeper = SettingsKeeper(tmp_path / "data" / "settings.json", DEFAULTS)
    (tmp_path / "data").write_text("a file where a folder should be")
    calls: list[str] = []
    forget = keeper.listen(
        lambda: calls.append("changed"), lambda: calls.append("kept")
    )
    await keeper.toggle_mute()
    assert keeper.current.muted is True
    assert "until the next start only" in caplog.text
    assert "microphone muted: nothing is heard or sent" in caplog.text
    forget()
    await keeper.toggle_mute()
    assert keeper.current.muted is False
    assert calls == ["changed", "kept"]


async def test_mute_is_told_in_the_log_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A satellite that starts muted says so in the log."""
    path = tmp_path / "settings.json"
    await SettingsKeeper(path).toggle_mute()
    assert json.loads(path.read_text())["muted"] is True
    caplog.clear()
    caplog.set_level("INFO")
    assert SettingsKeeper(path).current.muted is True
    assert "microphone muted" in caplog.text

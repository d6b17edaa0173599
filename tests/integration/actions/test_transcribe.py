"""Test the transcribe action."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import pytest
import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from tests.integration.talking import call
from tests.integration.test_init import poll
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture
def memo(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Create half a second of stereo audio in an allowed folder."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    hass.config.media_dirs = {"local": str(folder)}
    path = folder / "a memo 'of' “mine” 🙂.wav"
    with io.BytesIO() as file:
        with wave.open(file, "wb") as writer:
            writer.setframerate(44100)
            writer.setsampwidth(2)
            writer.setnchannels(2)
            writer.writeframes(bytes(44100 * 2))
        path.write_bytes(file.getvalue())
    return path


async def test_file(
    hass: HomeAssistant, running_server: SpeechServer, memo: Path
) -> None:
    """A file of any format is converted for the server."""
    response = await call(hass, "transcribe", file=str(memo))
    assert response["text"] == "turn on the kitchen light"
    assert response["language"] == "en"
    assert response["audio_seconds"] == pytest.approx(0.5, abs=0.01)
    assert response["seconds"] >= 0
    assert len(running_server.audio) == pytest.approx(16000, abs=100)


async def test_media(
    hass: HomeAssistant, memo: Path, running_server: SpeechServer
) -> None:
    """A media source can be given as text or by the editor's selector."""
    media = f"media-source://media_source/local/{memo.name}"
    for form in (media, {"media_content_id": media, "media_content_type": "audio/wav"}):
        response = await call(hass, "transcribe", media=form, language="en")
        assert response["text"] == "turn on the kitchen light"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"file": "/etc/passwd"}, "file_not_allowed"),
        ({"file": "{folder}/../../etc/passwd"}, "file_not_allowed"),
        ({"file": "{folder}/missing.wav"}, "file_missing"),
        ({"file": "{folder}"}, "file_missing"),
        ({"file": "memo.wav"}, "file_missing"),
        ({"file": "{folder}/" + "x" * 1000}, "file_missing"),
        ({"file": "{folder}/a\0b"}, "file_missing"),
        ({"media": "http://localhost/x.wav"}, "media_unknown"),
        ({"media": "media-source://nobody/x"}, "media_unknown"),
        ({"file": "{memo}", "language": "tlh"}, "unknown_language"),
        ({"file": "{memo}", "config_entry_id": "gone"}, "no_server"),
    ],
)
async def test_recordings_that_cannot_be_read(
    hass: HomeAssistant,
    running_server: SpeechServer,
    memo: Path,
    data: dict[str, Any],
    key: str,
) -> None:
    """Each mistake has its own error, and nothing is sent to the server."""
    filled = {
        name: value.replace("{folder}", str(memo.parent)).replace("{memo}", str(memo))
        for name, value in data.items()
    }
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "transcribe", **filled)
    assert error.value.translation_key == key
    assert not running_server.audio


async def test_file_that_is_no_sound(
    hass: HomeAssistant, running_server: SpeechServer, memo: Path
) -> None:
    """A file that cannot be decoded raises an error."""
    await hass.async_add_executor_job(memo.write_bytes, b"not a sound")
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "transcribe", file=str(memo))
    assert error.value.translation_key == "transcription_failed"


async def test_recording_that_is_too_long(
    hass: HomeAssistant,
    running_server: SpeechServer,
    memo: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An endless recording is cut off with an error."""
    monkeypatch.setattr(
        "custom_components.hearken.actions.transcription.MAX_RECORDING_SECONDS", 0.2
    )
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "transcribe", file=str(memo))
    assert error.value.translation_key == "recording_too_long"


@pytest.mark.parametrize("fault", [Fault.REFUSES, Fault.DIES_IN_REQUEST])
async def test_server_in_trouble(
    hass: HomeAssistant, running_server: SpeechServer, memo: Path, fault: Fault
) -> None:
    """The error contains the server's reason."""
    running_server.fault = fault
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "transcribe", file=str(memo))
    assert error.value.translation_key == "transcription_failed"
    await poll(hass)


async def test_no_server(
    hass: HomeAssistant, running_satellite: SatelliteSimulator, memo: Path
) -> None:
    """Without a speech server, the action fails."""
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "transcribe", file=str(memo))
    assert error.value.translation_key == "no_server"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"file": "/a", "media": "media-source://b"},
        {"file": ""},
        {"file": 7.5, "extra": 1},
        {"media": {"media_content_type": "x"}},
    ],
)
async def test_wrong_calls_are_refused(
    hass: HomeAssistant, running_server: SpeechServer, data: dict[str, Any]
) -> None:
    """Invalid calls are refused."""
    with pytest.raises(vol.Invalid):
        await call(hass, "transcribe", **data)


async def test_language_is_chosen(
    hass: HomeAssistant, server: SpeechServer, memo: Path, server_entry: MockConfigEntry
) -> None:
    """The default language is Home Assistant's, or one that the server supports."""
    server.languages = ["de", "fr"]
    assert await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    assert (await call(hass, "transcribe", file=str(memo)))["language"] == "de"
    response = await call(hass, "transcribe", file=str(memo), language="fr-CA")
    assert response["language"] == "fr"

"""Test reasons of errors in the language of the house."""

from __future__ import annotations

import errno
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from wyoming.error import Error
from wyoming.event import Event

from custom_components.hearken.const import DOMAIN
from custom_components.hearken.errors import (
    BadEventError,
    CannotConnectError,
    ConnectionLostError,
    HearkenError,
    InvalidKeyError,
    PlaybackError,
    Reason,
    RequestRefusedError,
    reason_of,
)
from custom_components.hearken.protocol import ErrorCode
from custom_components.hearken.texts.reasons import async_reason_text
from tests.contract.files import LANGUAGES, translation
from tests.integration.conftest import troubles
from tests.integration.waiting import until
from tests.simulators.faults import Fault

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


@pytest.fixture(autouse=True)
async def _german(hass: HomeAssistant, _house: None) -> None:
    """Set German as the language of the house."""
    await hass.config.async_update(language="de")


def german(reason: Reason) -> str:
    """Return the German text of a reason."""
    text: str = translation("de")["exceptions"][f"reason_{reason}"]["message"]
    return text


def reason_in(err: HomeAssistantError) -> str:
    """Return the reason in an error."""
    assert err.translation_placeholders is not None
    return err.translation_placeholders["reason"]


def reason_of_issue(hass: HomeAssistant, key: str) -> str:
    """Return the reason in a repair."""
    (shown,) = (
        issue.translation_placeholders
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.translation_key == key
    )
    assert shown is not None
    return shown["reason"]


def caused(err: HearkenError, cause: BaseException) -> HearkenError:
    """Return an error that was raised from another one."""
    err.__cause__ = cause
    return err


@pytest.mark.parametrize(
    ("err", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Reason.CONNECTION_REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "x"), Reason.CONNECTION_LOST),
        (OSError(errno.EHOSTUNREACH, "x"), Reason.UNREACHABLE),
        (OSError(errno.ENOSPC, "x"), Reason.DISK_FULL),
        (OSError("Multiple exceptions: x"), Reason.FAILED),
        (socket.gaierror(-2, "Name or service not known"), Reason.CANNOT_RESOLVE),
        (TimeoutError(), Reason.TIMED_OUT),
        (ValueError("x"), Reason.FAILED),
        (CannotConnectError("x"), Reason.UNREACHABLE),
        (ConnectionLostError("x"), Reason.CONNECTION_LOST),
        (caused(ConnectionLostError("x"), TimeoutError()), Reason.TIMED_OUT),
        (caused(CannotConnectError("x"), OSError("x")), Reason.UNREACHABLE),
        (caused(InvalidKeyError("x"), TimeoutError()), Reason.INVALID_KEY),
        (caused(PlaybackError("x"), OSError(errno.ENOSPC, "x")), Reason.DISK_FULL),
        (caused(PlaybackError("x"), HomeAssistantError("y")), Reason.PLAYBACK_FAILED),
        (BadEventError("x"), Reason.INVALID_RESPONSE),
        (HearkenError("x", reason=Reason.BUSY), Reason.BUSY),
        (RequestRefusedError("x", None), Reason.REQUEST_REFUSED),
        (RequestRefusedError("x", "418"), Reason.REQUEST_REFUSED),
        (RequestRefusedError("x", "code-of-tomorrow"), Reason.REQUEST_REFUSED),
        (RequestRefusedError("x", ErrorCode.BUSY), Reason.BUSY),
        (RequestRefusedError("x", ErrorCode.FAILED), Reason.SERVER_FAILED),
    ],
    ids=repr,
)
async def test_reason_of_an_error(
    hass: HomeAssistant,
    server_entry: MockConfigEntry,
    running_server: SpeechServer,
    err: BaseException,
    reason: Reason,
) -> None:
    """Errors of all kinds are mapped to a few reasons, each with a text."""
    assert reason_of(err) is reason
    assert async_reason_text(hass, err) == german(reason)


async def test_code_of_another_type_is_none(hass: HomeAssistant) -> None:
    """What a server sends as a code may be anything."""
    read = Error.from_event(Event("error", {"text": "x", "code": ["x"]}))
    refused = RequestRefusedError(read.text, read.code)
    assert reason_of(refused) is Reason.REQUEST_REFUSED
    assert refused.code is None


@pytest.mark.parametrize("code", ErrorCode)
def test_each_code_of_the_server_has_a_reason(code: ErrorCode) -> None:
    """Each error code of the server has a reason of its own."""
    known = reason_of(RequestRefusedError("x", code))
    assert (known is Reason.REQUEST_REFUSED) is (code is ErrorCode.BAD_REQUEST)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_fit_into_other_texts(language: str) -> None:
    """A reason follows a colon or is in brackets, so it has no full stop."""
    for reason in Reason:
        text = translation(language)["exceptions"][f"reason_{reason}"]["message"]
        assert not re.search(r"[.!?:\u3002\uff1a]$", text), text


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.REFUSES, Reason.SERVER_FAILED),
        (Fault.DEAF, Reason.TIMED_OUT),
        (Fault.HANGS_UP, Reason.CONNECTION_LOST),
        (Fault.DRIVEL, Reason.AUDIO_FORMAT),
    ],
)
async def test_speech_that_fails(
    hass: HomeAssistant,
    running_server: SpeechServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    reason: Reason,
) -> None:
    """The result of the recognition test and its repair are in German."""
    monkeypatch.setattr(
        "custom_components.hearken.client.synthesize.SPEECH_TIMEOUT_SECONDS", 0.1
    )
    running_server.fault = fault
    (entity_id,) = hass.states.async_entity_ids("button")
    button = {"entity_id": entity_id}
    with pytest.raises(HomeAssistantError) as failure:
        await hass.services.async_call("button", "press", button, blocking=True)
    assert reason_in(failure.value) == german(reason)
    assert reason_of_issue(hass, "recognition_failed") == german(reason)


async def test_peers_that_are_not_there(
    hass: HomeAssistant,
    server: SpeechServer,
    server_entry: MockConfigEntry,
    satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
) -> None:
    """The reason of a failed setup contains no error number."""
    await server.stop()
    await satellite.stop()
    await hass.config_entries.async_setup(server_entry.entry_id)
    await hass.async_block_till_done()
    for entry in (server_entry, satellite_entry):
        assert entry.error_reason_translation_key == "cannot_connect"
        shown: dict[str, Any] | None = entry.error_reason_translation_placeholders
        assert shown is not None
        assert shown["reason"] == german(Reason.CONNECTION_REFUSED)


async def test_control_api_that_refuses(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """Failures of the control API are reported in German."""
    (select,) = [
        name
        for name in hass.states.async_entity_ids("select")
        if "tiny-int8" in hass.states.get(name).attributes["options"]  # type: ignore[union-attr]
    ]
    choice = {"entity_id": select, "option": "tiny-int8"}
    connected.refuses_models = True
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call("select", "select_option", choice, blocking=True)
    assert reason_in(refused.value) == german(Reason.REQUEST_REFUSED)

    await connected.change(state="problem", model_trouble="no-such-trouble")
    await until(lambda: "model_failed" in troubles(hass))
    assert reason_of_issue(hass, "model_failed") == german(Reason.SERVER_FAILED)


async def test_error_of_another_integration(
    hass: HomeAssistant, running_server: SpeechServer
) -> None:
    """Errors translated by Home Assistant are shown in German."""
    busy = HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="satellite_muted",
        translation_placeholders={"entity_id": "assist_satellite.kitchen"},
    )
    wanted = translation("de")["exceptions"]["satellite_muted"]["message"]
    shown = wanted.format(entity_id="assist_satellite.kitchen").rstrip(".")
    assert async_reason_text(hass, busy) == shown
    assert async_reason_text(hass, caused(PlaybackError("x"), busy)) == shown
    nameless = HomeAssistantError("only English")
    assert async_reason_text(hass, nameless) == german(Reason.FAILED)

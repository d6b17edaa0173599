"""Test the update of the speech model, and the model select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError

from custom_components.hearken.client.status import ServerModel
from custom_components.hearken.const import CONF_LANGUAGES
from custom_components.hearken.server.offers import better_model
from tests.integration.conftest import state_of
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.simulators.control_server import ControlServer

UPDATE = "update.speech_model_update"
PROFILE = "select.speech_language_profile"
CANCEL = "button.speech_cancel_download"
TINY = {
    "name": "tiny-int8",
    "installed": False,
    "rank": 20,
    "affordable": True,
    "languages": None,
    "size_mb": 43,
}


def attributes(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the attributes of an existing entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return dict(state.attributes)


async def offer(connected: ControlServer, *models: dict[str, Any]) -> None:
    """Offer these models beside the built-in one."""
    connected.models["models"][1:] = models
    # The list of models is requested after a change of the status.
    await connected.change(state="loading")
    await connected.change(state="ready")


async def test_nothing_better(hass: HomeAssistant, connected: ControlServer) -> None:
    """A model with unknown properties is not offered."""
    assert state_of(hass, UPDATE) == "off"
    assert attributes(hass, UPDATE)["latest_version"] == "hearken-commands-en"


async def test_better_model_is_fetched(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The update shows progress and ends with the new model in use."""
    await offer(connected, TINY)
    await until(lambda: state_of(hass, UPDATE) == "on")
    shown = attributes(hass, UPDATE)
    assert shown["installed_version"] == "hearken-commands-en"
    assert shown["latest_version"] == "tiny-int8"
    assert shown["title"] == "tiny-int8 (43 MB)"
    assert not shown["in_progress"]
    assert state_of(hass, CANCEL) == STATE_UNAVAILABLE

    target = {"entity_id": UPDATE}
    await hass.services.async_call("update", "install", target, blocking=True)
    assert connected.used == [("tiny-int8", {"download": True})]
    half = {"tiny-int8": {"done_bytes": 20, "total_bytes": 40}}
    await connected.change(state="loading", downloads=half)
    await until(lambda: attributes(hass, UPDATE)["in_progress"])
    assert attributes(hass, UPDATE)["update_percentage"] == 50
    await connected.change(state="ready", downloads={}, model="tiny-int8")
    await until(lambda: state_of(hass, UPDATE) == "off")
    assert attributes(hass, UPDATE)["installed_version"] == "tiny-int8"
    assert not attributes(hass, UPDATE)["in_progress"]


async def test_download_is_cancelled(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The button is available during a download."""
    half = {"tiny-int8": {"done_bytes": 20, "total_bytes": 40}}
    await connected.change(state="loading", downloads=half)
    await until(lambda: state_of(hass, CANCEL) != STATE_UNAVAILABLE)
    target = {"entity_id": CANCEL}
    await hass.services.async_call("button", "press", target, blocking=True)
    assert connected.asked == [("models/tiny-int8/cancel", None)]
    connected.refuses_models = True
    with pytest.raises(HomeAssistantError, match="cancel the download of tiny-int8"):
        await hass.services.async_call("button", "press", target, blocking=True)


async def test_offer_can_be_skipped(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """A skipped update is not offered again."""
    await offer(connected, TINY)
    await until(lambda: state_of(hass, UPDATE) == "on")
    await hass.services.async_call(
        "update", "skip", {"entity_id": UPDATE}, blocking=True
    )
    assert state_of(hass, UPDATE) == "off"


async def test_server_that_refuses(
    hass: HomeAssistant, connected: ControlServer
) -> None:
    """The server's reason is shown."""
    await offer(connected, TINY)
    await until(lambda: state_of(hass, UPDATE) == "on")
    connected.refuses_models = True
    with pytest.raises(HomeAssistantError, match=r"tiny-int8.*rejected the request"):
        await hass.services.async_call(
            "update", "install", {"entity_id": UPDATE}, blocking=True
        )


def model(name: str, rank: int | None, *languages: str, fits: bool = True) -> Any:
    """Return a model."""
    return ServerModel(
        name=name, installed=False, rank=rank, is_affordable=fits, languages=languages
    )


@pytest.mark.parametrize(
    ("in_use", "languages", "offered"),
    [
        ("small", ["en"], "english"),
        ("small", ["en-GB"], "english"),
        ("small", ["en", "de"], "many"),
        ("english", ["en"], None),
        ("english", ["nb"], "many"),
        ("many", ["en"], "english"),
        ("many", ["de"], None),
        ("mine", ["en"], None),
        ("gone", ["en"], None),
        (None, ["en"], None),
        ("small", ["fr"], None),
    ],
)
def test_what_is_better(
    in_use: str | None, languages: list[str], offered: str | None
) -> None:
    """A better model supports the languages, fits the machine and ranks higher."""
    models = [
        model("small", 1, "en"),
        model("many", 20, "en", "de", "no"),
        model("english", 30, "en"),
        model("huge", 90, "en", "de", fits=False),
        model("mine", None, "en"),
    ]
    found = better_model(models, in_use, languages)
    assert (found.name if found else None) == offered


async def test_server_chooses_for_the_languages_of_the_house(
    hass: HomeAssistant, connected: ControlServer, control_entry: MockConfigEntry
) -> None:
    """The select offers one language, all languages, or a named model."""
    assert state_of(hass, PROFILE) == "manual"
    assert attributes(hass, PROFILE)["options"] == ["manual", "English"]
    hass.config_entries.async_update_entry(
        control_entry, options={CONF_LANGUAGES: ["en", "de", "zh-CN"]}
    )
    await connected.change(languages=["en"])
    await until(lambda: state_of(hass, PROFILE) == "English")
    every = "English, Deutsch, 中文"
    assert attributes(hass, PROFILE)["options"] == [
        "manual",
        "English",
        "Deutsch",
        "中文",
        every,
    ]
    choice = {"entity_id": PROFILE, "option": every}
    await hass.services.async_call("select", "select_option", choice, blocking=True)
    assert connected.asked == [("models/choose", {"languages": ["en", "de", "zh"]})]
    await connected.change(languages=["en", "de", "zh"], model="tiny-int8")
    await until(lambda: state_of(hass, PROFILE) == every)

    choice["option"] = "manual"
    await hass.services.async_call("select", "select_option", choice, blocking=True)
    assert connected.used == [("tiny-int8", {"download": True})]
    # A model selected elsewhere is shown as well.
    await connected.change(languages=["fr", "it"])
    await until(lambda: state_of(hass, PROFILE) == "Français, Italiano")
    connected.refuses_models = True
    choice["option"] = "Deutsch"
    with pytest.raises(HomeAssistantError, match=r"Deutsch.*rejected the request"):
        await hass.services.async_call("select", "select_option", choice, blocking=True)
    await connected.stop()
    await until(lambda: state_of(hass, PROFILE) == STATE_UNAVAILABLE)

"""Test that the texts match the code, and that all languages have all texts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest

from custom_components.hearken import (
    binary_sensor,
    button,
    config_flow,
    errors,
    number,
    repairs,
    sensor,
    switch,
)
from custom_components.hearken.actions.finding import Wrong
from custom_components.hearken.calibration.suggestions import THRESHOLD_SUGGESTED
from custom_components.hearken.calibration.threshold import Direction
from custom_components.hearken.client.words import STAGES
from custom_components.hearken.making.improving import ImproveWordFlow
from custom_components.hearken.making.job import (
    REASONS,
    WordNotImprovedError,
    WordNotMadeError,
)
from custom_components.hearken.making.labelling import LABELS
from custom_components.hearken.making.recording import Ask
from custom_components.hearken.names.proposals import NAME_MISHEARD
from custom_components.hearken.satellite.queue import (
    QueueFullError,
    QueueTimeoutError,
)
from custom_components.hearken.satellite.settings import Failure
from custom_components.hearken.satellite.url_check import OWN_URL
from custom_components.hearken.server import issues
from tests.contract.files import INTEGRATION, LANGUAGES, flat, load, source, translation

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGLISH = translation("en")
CORE_ABORTS = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}


def calls(name: str) -> Iterator[dict[str, Any]]:
    """Return the keywords of all calls of this method in the flow."""
    tree = ast.parse((INTEGRATION / "config_flow.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == name
        ):
            yield {
                keyword.arg or "": ast.literal_eval(keyword.value)
                for keyword in node.keywords
                if isinstance(keyword.value, ast.Constant | ast.List)
            }


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys(language: str) -> None:
    """Missing texts would be shown in English, or not at all."""
    assert flat(translation(language)).keys() == flat(ENGLISH).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain(language: str) -> None:
    """Texts have no references, and the same placeholders in every language."""
    english = flat(ENGLISH)
    for key, text in flat(translation(language)).items():
        assert text.strip() == text, key
        assert text, key
        assert "[%key" not in text, key
        found = set(re.findall(r"\{(\w+)\}", text))
        assert found == set(re.findall(r"\{(\w+)\}", english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_in_order(language: str) -> None:
    """Keys are sorted, so that changes are easy to review."""

    def check(tree: dict[str, Any]) -> None:
        assert list(tree) == sorted(tree)
        for value in tree.values():
            if isinstance(value, dict):
                check(value)

    check(translation(language))


def test_languages_are_translated() -> None:
    """German and Chinese texts differ from the English ones."""
    english = flat(ENGLISH)
    for language in LANGUAGES[1:]:
        same = [
            key
            for key, text in flat(translation(language)).items()
            if text == english[key]
            and text not in ("Hearken", "Host", "Port", "{name} ({host})")
        ]
        assert not same


def test_steps_have_texts() -> None:
    """Each step of the flow has a title, and each field a name and a description."""
    methods = {
        name.removeprefix("async_step_")
        for name in vars(config_flow.HearkenConfigFlow)
        if name.startswith("async_step_")
    }
    shown = methods - {"reconfigure", "reauth", "hassio", "zeroconf"}
    steps = ENGLISH["config"]["step"]
    assert set(steps) == shown
    server, satellite = {"host", "port", "token"}, {"host", "port", "key", "take_over"}
    fields = {
        "server": server,
        "reconfigure_server": server,
        "satellite": satellite,
        "reconfigure_satellite": satellite,
        "reauth_confirm": {"key", "take_over"},
        "reauth_token": {"token"},
        "zeroconf_server": {"token"},
        "zeroconf_satellite": {"key", "take_over"},
    }
    for step, names in fields.items():
        assert set(steps[step]["data"]) == names
        assert set(steps[step]["data_description"]) == names
    (menu,) = calls("async_show_menu")
    assert set(steps["user"]["menu_options"]) == set(menu["menu_options"])


def test_errors_have_texts() -> None:
    """Each error of the flow has a text."""
    shown = {
        error.translation_key
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.HearkenError)
    }
    # These cannot occur while a flow identifies a device.
    never = {
        "audio_format",
        "failed",
        "playback_failed",
        "request_refused",
        "wrong_device",
    }
    assert set(ENGLISH["config"]["error"]) == shown - never


def test_aborts_have_texts() -> None:
    """Each abort reason of the flow has a text, without leftovers."""
    reasons = {
        call["reason"]
        for name in ("_abort_if_unique_id_mismatch", "async_abort")
        for call in calls(name)
        if "reason" in call
    }
    assert set(ENGLISH["config"]["abort"]) == reasons | CORE_ABORTS


def test_exceptions_have_texts() -> None:
    """Each error shown to users has a text, without leftovers."""
    named = set(re.findall(r'translation_key="(\w+)"', source()))
    # Requests to the server: each one names the text of its failure.
    named |= set(re.findall(r'\),\s*"(\w+)",\s*\w+=', source()))
    at_setup = {
        errors.CannotConnectError.translation_key,
        errors.InvalidKeyError.translation_key,
        errors.NotHearkenError.translation_key,
        errors.ProtocolVersionError.translation_key,
        errors.SatelliteTakenError.translation_key,
        errors.WrongDeviceError.translation_key,
        errors.WrongKindError.translation_key,
    }
    in_calls = {wrong.value for wrong in Wrong} | {f.value for f in Failure}
    reasons = {f"reason_{reason}" for reason in errors.Reason}
    in_making = {f"wake_word_{reason}" for reason in REASONS}
    in_making |= {WordNotMadeError.other_key, WordNotImprovedError.other_key}
    in_making |= {f"threshold_{direction}" for direction in Direction}
    in_making |= {f"record_{ask}" for ask in Ask if ask is not Ask.AGAIN}
    in_queue = {QueueFullError.translation_key, QueueTimeoutError.translation_key}
    shown = named | at_setup | in_calls | in_making | in_queue | reasons
    assert set(ENGLISH["exceptions"]) == shown


def test_dialog_that_improves_a_word_has_texts() -> None:
    """Each menu, form, recording and choice of it has a text, without leftovers."""
    texts = ENGLISH["config_subentries"]["own_voice"]
    methods = {name for flow in ImproveWordFlow.__mro__ for name in vars(flow)}
    for step, shown in texts["step"].items():
        assert f"async_step_{step}" in methods, step
        for option in shown.get("menu_options", ()):
            assert f"async_step_{option}" in methods, (step, option)
    assert set(texts["progress"]) == {
        *(f"say_{ask}" for ask in Ask),
        *STAGES,
    }
    assert set(ENGLISH["selector"]["clip"]["options"]) == set(LABELS)
    files = (
        INTEGRATION / "making" / f"{name}.py" for name in ("improving", "labelling")
    )
    code = "".join(file.read_text() for file in files)
    assert set(re.findall(r'reason="(\w+)"', code)) <= set(texts["abort"])
    for key in (*texts["abort"], *texts["error"]):
        assert f'"{key}"' in code, key


def test_entities_have_texts_and_icons() -> None:
    """Each entity has a name and an icon; the satellite uses its device's name."""
    icons = load(INTEGRATION / "icons.json")["entity"]
    texts = ENGLISH["entity"]
    entities = {
        ("button", "cancel_download"),
        ("button", "report_false_wake"),
        ("button", "test_recognition"),
        *(
            (platform.__name__.rpartition(".")[2], description.key)
            for platform in (binary_sensor, button, number, sensor, switch)
            for description in platform.DESCRIPTIONS
        ),
        *(
            (platform, key)
            for platform, word in (
                ("button", "undo_threshold"),
                ("number", "wake_word_threshold"),
                ("select", "wake_word"),
                ("select", "pipeline"),
            )
            for key in (word, f"{word}_n")
        ),
        ("media_player", "media"),
        ("switch", "follow_up"),
        ("conversation", "conversation"),
        ("sensor", "last_command"),
        ("sensor", "mistakes"),
        ("sensor", "next_alarm"),
        ("sensor", "next_reminder"),
        ("sensor", "next_timer"),
        ("select", "language_profile"),
        ("select", "model"),
        ("event", "activity"),
        ("event", "connection"),
        ("select", "vad_sensitivity"),
        ("stt", "speech_to_text"),
        ("tts", "text_to_speech"),
        ("update", "model"),
        ("wake_word", "wake_word"),
    }
    assert {(p, k) for p, keys in texts.items() for k in keys} == entities
    assert {(p, k) for p, keys in icons.items() for k in keys} == {
        *entities,
        ("assist_satellite", "satellite"),
    }
    for platform, keys in texts.items():
        for key, entity in keys.items():
            assert entity["name"], (platform, key)
    for icon in flat(icons).values():
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon)


def test_issues_have_texts() -> None:
    """Each repair has a title and a description."""
    texts = ENGLISH["issues"]
    others = {NAME_MISHEARD, OWN_URL, THRESHOLD_SUGGESTED}
    assert set(texts) == {*(trouble.value for trouble in issues.Trouble), *others}
    for key, text in texts.items():
        if key not in repairs.REPAIRS:
            assert set(text) == {"title", "description"}
            continue
        # Repairs with a single step have one confirmation.
        assert set(text) == {"title", "fix_flow"}
        (step,) = text["fix_flow"]["step"].values()
        assert set(step) == {"title", "description"}
        assert set(text["fix_flow"]["abort"]) <= {o.value for o in repairs.Obstacle}


def test_choices_have_texts() -> None:
    """Each state of a select has a text."""
    from homeassistant.components.assist_pipeline.vad import (  # noqa: PLC0415 - slow
        VadSensitivity,
    )

    states = ENGLISH["entity"]["select"]["vad_sensitivity"]["state"]
    assert set(states) == {sensitivity.value for sensitivity in VadSensitivity}
    assert set(ENGLISH["entity"]["select"]["pipeline"]["state"]) == {"preferred"}
    (state,) = [d for d in sensor.DESCRIPTIONS if d.key == "state"]
    assert set(ENGLISH["entity"]["sensor"]["state"]["state"]) == set(
        state.options or ()
    )


def _is_of_satellite(platform: str, key: str) -> bool:
    """Return whether an entity belongs to a satellite rather than to a server."""
    if platform == "select":
        return key not in {"language_profile", "model"}
    return platform in {"media_player", "number", "switch"} or key in {
        "activity",
        "last_command",
        "listen",
        "listening",
        "report_false_wake",
        "stop",
        "undo_threshold",
        "undo_threshold_n",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_differ_within_a_list(language: str) -> None:
    """All entities of a device, and all blocks of the editor, have different names."""
    texts = translation(language)
    lists: dict[str, list[str]] = {
        kind: [block["name"] for block in texts[kind].values()]
        for kind in ("triggers", "conditions", "services")
    }
    for platform, entities in texts["entity"].items():
        for key, entity in entities.items():
            device = "satellite" if _is_of_satellite(platform, key) else "server"
            lists.setdefault(device, []).append(entity["name"])
    # The only entity that both kinds of devices have.
    lists["satellite"].append(texts["entity"]["binary_sensor"]["connected"]["name"])
    for name, names in lists.items():
        assert sorted(set(names)) == sorted(names), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_editor_finds_blocks_by_the_name_of_the_integration(language: str) -> None:
    """The editor searches names and descriptions; only actions show "Hearken"."""
    texts = translation(language)
    for kind in ("triggers", "conditions"):
        for key, block in texts[kind].items():
            assert "Hearken" in block["name"], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_median_comes_before_the_percentile(language: str) -> None:
    """The device page sorts entities by name."""
    names = {
        key: entity["name"].casefold()
        for key, entity in translation(language)["entity"]["sensor"].items()
    }
    pairs = [(key, key.replace("p50", "p95")) for key in names if "p50" in key]
    assert pairs
    for median, percentile in pairs:
        # In Chinese, collation puts Latin letters after Chinese characters.
        is_latin = language != "zh-Hans"
        assert (names[median] < names[percentile]) is is_latin, median


def test_one_word_for_one_thing() -> None:
    """Each language uses one word for an assistant and one for a satellite."""
    banned = {
        "en": ("pipeline ", "omebody", "told otherwise", "Mend "),
        "de": ("Pipeline", "Irgendjemand"),
        "zh-Hans": ("管道", "流水线", "指令", "卫星设备"),
    }
    for language, words in banned.items():
        for key, text in flat(translation(language)).items():
            plain = re.sub(r"\{\w+\}", "", text)
            for word in words:
                assert word not in plain, key

"""Test that actions, triggers and conditions have matching YAML, texts and icons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from homeassistant.helpers.selector import validate_selector

from custom_components.hearken import condition, device_trigger, trigger
from tests.contract.files import INTEGRATION, load, source, translation

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

ENGLISH = translation("en")
ICONS = load(INTEGRATION / "icons.json")
# File, section, and the key of an icon in the section.
KINDS = {"services": "service", "triggers": "trigger", "conditions": "condition"}
SLUG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def described(kind: str) -> dict[str, Any]:
    """Return the descriptions of these blocks for the editor."""
    text = (INTEGRATION / f"{kind}.yaml").read_text(encoding="utf-8")
    blocks: dict[str, Any] = yaml.safe_load(text)
    return {name: block or {} for name, block in blocks.items() if name[0] != "."}


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_have_texts(kind: str) -> None:
    """Each block and each field has a name and a description, without leftovers."""
    blocks, texts = described(kind), ENGLISH[kind]
    assert set(texts) == set(blocks)
    for name, block in blocks.items():
        assert SLUG.fullmatch(name)
        assert texts[name]["name"]
        assert texts[name]["description"]
        fields = texts[name].get("fields", {})
        assert set(fields) == set(block.get("fields", {})), name
        for field, text in fields.items():
            assert set(text) == {"name", "description"}, (name, field)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_have_icons(kind: str) -> None:
    """Each block has exactly one Material Design icon."""
    icons = ICONS[kind]
    assert set(icons) == set(described(kind))
    for name, icon in icons.items():
        assert set(icon) == {KINDS[kind]}, name
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon[KINDS[kind]]), name


@pytest.mark.parametrize("kind", KINDS)
def test_fields_have_selectors(kind: str) -> None:
    """Each field has a selector, and its default is a valid value."""
    for name, block in described(kind).items():
        for field, description in block.get("fields", {}).items():
            validate_selector(description["selector"])
            assert set(description) <= {
                "default",
                "example",
                "filter",
                "required",
                "selector",
            }, (name, field)


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_fields_say_whether_they_are_required(kind: str) -> None:
    """Fields state whether they are required, and required ones have a default."""
    for name, block in described(kind).items():
        for field, description in block.get("fields", {}).items():
            assert description["required"] is ("default" in description), (name, field)


async def test_blocks_need_no_more_than_the_required_fields(
    hass: HomeAssistant,
) -> None:
    """A newly selected trigger or condition is valid."""
    kinds: dict[str, Any] = {
        "triggers": trigger.TRIGGERS,
        "conditions": condition.CONDITIONS,
    }
    for kind, blocks in kinds.items():
        for name, block in described(kind).items():
            fields = block.get("fields", {})
            options = {key: f["default"] for key, f in fields.items() if f["required"]}
            await blocks[name].async_validate_config(
                hass, {"target": {"entity_id": ["stt.x"]}, "options": options}
            )


def selectors(tree: Any) -> list[dict[str, Any]]:
    """Return all selectors in a tree."""
    if not isinstance(tree, dict):
        return []
    found = [tree["selector"]] if isinstance(tree.get("selector"), dict) else []
    return found + [item for value in tree.values() for item in selectors(value)]


def test_selectors_have_texts() -> None:
    """Each option of a selector has a text, without leftovers."""
    options: dict[str, set[str]] = {}
    for kind in KINDS:
        for selector in selectors(described(kind)):
            for settings in selector.values():
                key = (settings or {}).get("translation_key")
                if key and "options" in settings:
                    options.setdefault(key, set()).update(settings["options"])
                elif key:
                    options.setdefault(key, set()).update(settings["fields"])
    texts = ENGLISH["selector"]
    for key, wanted in options.items():
        described_fields = texts[key].get("options") or texts[key].get("fields")
        assert set(described_fields) == wanted, key
    code = source()
    for key in set(texts) - set(options):
        assert f'"{key}"' in code, key


async def test_code_knows_all_triggers() -> None:
    """The editor and the code list the same triggers."""
    assert set(await trigger.async_get_triggers(None)) == set(  # type: ignore[arg-type]
        described("triggers")
    )


async def test_code_knows_all_conditions() -> None:
    """The editor and the code list the same conditions."""
    assert set(await condition.async_get_conditions(None)) == set(  # type: ignore[arg-type]
        described("conditions")
    )


def test_device_triggers_have_texts() -> None:
    """Device triggers have the same types, with their own texts."""
    texts = ENGLISH["device_automation"]["trigger_type"]
    assert set(texts) == set(described("triggers"))
    assert device_trigger.TRIGGER_SCHEMA is not None

"""Test that the quality scale is complete and its exemptions are explained."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.contract.files import INTEGRATION

RULES = {
    "bronze": """action-setup appropriate-polling brands common-modules
        config-flow-test-coverage config-flow dependency-transparency docs-actions
        docs-triggers docs-conditions docs-high-level-description
        docs-installation-instructions docs-removal-instructions entity-event-setup
        entity-unique-id has-entity-name runtime-data test-before-configure
        test-before-setup unique-config-entry""",
    "silver": """action-exceptions config-entry-unloading
        docs-configuration-parameters docs-installation-parameters entity-unavailable
        integration-owner log-when-unavailable parallel-updates
        reauthentication-flow test-coverage""",
    "gold": """devices diagnostics discovery-update-info discovery docs-data-update
        docs-examples docs-known-limitations docs-supported-devices
        docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices
        entity-category entity-device-class entity-disabled-by-default
        entity-translations exception-translations icon-translations
        reconfiguration-flow repair-issues stale-devices""",
    "platinum": "async-dependency inject-websession strict-typing",
}


def rules() -> dict[str, Any]:
    """Return the integration's status of each rule."""
    text = (INTEGRATION / "quality_scale.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)["rules"]
    return content


def test_every_rule_is_listed() -> None:
    """All rules are listed, without unknown ones."""
    assert set(rules()) == {rule for tier in RULES.values() for rule in tier.split()}


def test_what_is_not_done_has_a_reason() -> None:
    """Each todo and exempt rule has a comment."""
    for rule, status in rules().items():
        if status == "done":
            continue
        assert set(status) == {"status", "comment"}, rule
        assert status["status"] in ("todo", "exempt"), rule
        assert len(status["comment"].split()) > 2, rule


def test_platforms_limit_parallel_updates() -> None:
    """The claim about parallel updates is true for every platform."""
    for name in (
        "assist_satellite",
        "binary_sensor",
        "button",
        "event",
        "select",
        "sensor",
        "stt",
        "tts",
        "wake_word",
    ):
        text = (INTEGRATION / f"{name}.py").read_text(encoding="utf-8")
        assert re.search(r"^PARALLEL_UPDATES = 0$", text, re.MULTILINE), name

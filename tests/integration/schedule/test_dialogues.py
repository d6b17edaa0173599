"""Test what can be said about timers, alarms, reminders and delayed orders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.integration.schedule.player import Player

DIALOGUES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("dialogues.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("language", ["en", "de", "zh"])
async def test_dialogues(player: Player, language: str) -> None:
    """Each dialogue leads to what is expected, and to nothing else."""
    wrong = {}
    for number, dialogue in enumerate(DIALOGUES):
        if dialogue["lang"] != language:
            continue
        turns = [
            {**turn, "from": f"{turn.get('from', 'here')} {number}"}
            for turn in dialogue["turns"]
        ]
        await player.schedule.async_clear()
        if problems := await player.play({**dialogue, "turns": turns}):
            wrong[dialogue["id"]] = problems
    assert not wrong, yaml.safe_dump(wrong, allow_unicode=True, width=200)

"""What may be asked about in a window without a wake word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from custom_components.hearken.dialogue.understanding import Understanding
from tests.integration.dialogue.talk import begin

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@pytest.mark.parametrize(
    ("language", "name", "order", "others"),
    [
        (
            "en",
            "Lantern",
            "turn on the lantern",
            (
                *("lantern", "the lantern was a present", "is the lantern on"),
                *("turn it on", "brighter", "should I turn on the lantern"),
            ),
        ),
        ("de", "Laterne", "mach die Laterne an", ("Laterne", "mach sie an", "heller")),
        ("zh", "灯笼", "打开灯笼", ("灯笼", "打开它", "亮一点")),
    ],
)
async def test_an_order_may_only_leave_open_for_which_device(
    hass: HomeAssistant, language: str, name: str, order: str, others: tuple[str, ...]
) -> None:
    """Test that nothing else is worth a question that nobody called for."""
    talk = await begin(hass, language, {"light.left": name, "light.right": name})
    understanding = Understanding(hass, language)
    assert await understanding.asks_which(order)
    assert [one for one in others if await understanding.asks_which(one)] == []
    assert talk.done == []

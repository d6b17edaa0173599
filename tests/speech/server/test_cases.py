"""Test recordings that once went wrong, with published weights.

``HEARKEN_TEST_CASES`` names the folder of the recordings, which are not part of the
repository.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from benchmarks.common.recordings import ROOT
from tests import real_weights
from tests.speech.server.program import Server, serving

FOLDER: Final = (
    Path(os.environ.get("HEARKEN_TEST_CASES") or ROOT.parent / "shared" / "cases")
    / "speech"
)
MODELS: Final = ("tiny.en", "base")
ONCE: Final = {
    "repeat_1": "give me a 16 ounce dark roast iced mocha",
    "repeat_2": (
        "I want a light roast medium triple shot iced mocha with lots of skim milk"
    ),
    "repeat_4": "make me a triple shot 8 ounce dark roast drip coffee with brown sugar",
    "repeat_7": None,
    "turn-off-the-bedroom-lamp": "turn off the bedroom lamp",
    "turn-on-lamp-one": "turn on lamp one",
    "turn-on-the-kitchen-light-dc": "turn on the kitchen light",
    "turn-on-the-led-strip": "turn on the LED strip",
    "add-milk-to-the-shopping-list": "add milk to the shopping list",
}
SHORT: Final = {"refused_1": ("yeah", "yes"), "refused_2": ("yeah", "yes")}
LEAKS: Final = tuple(f"leak_{number}" for number in range(1, 6))
NAMED_NOISES: Final = ("named_noise_1", "named_noise_2")

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason=f"the recordings are not in {FOLDER}"
    ),
    pytest.mark.xdist_group("cases"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Server]]:
    """Return a server for each published model, shared by all tests here."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(
                serving(
                    tmp_path_factory.mktemp(name),
                    *("--model", str(real_weights.folder(name))),
                )
            )
            for name in MODELS
        }

"""Test recordings that once went wrong, with published weights.

``HEARKEN_TEST_CASES`` names the folder of the recordings, which are not part of the
repository.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import pytest_asyncio
from wyoming.event import Event

from benchmarks.common.recordings import CASES, read
from benchmarks.common.wording import words
from benchmarks.people.scoring import is_repeated
from hearken_speech.protocol import TranscribeOptions, Vocabulary
from tests import real_weights
from tests.speech.server.program import Server, connected, serving
from tests.speech.server.speaking import details
from training.scoring import word_errors

FOLDER: Final = CASES / "speech"
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
MISHEARD: Final = {("repeat_2", "tiny.en"), ("repeat_4", "base")}
"""One word is wrong in every text; faster-whisper hears the same with these weights."""
LEAKS: Final = tuple(f"leak_{number}" for number in range(1, 6))
NAMED_NOISES: Final = ("named_noise_1", "named_noise_2")
NAMES: Final = (
    *tuple(
        f"{room} {thing}"
        for room in ("Kitchen", "Bedroom", "Office", "Porch", "Hallway")
        for thing in (
            "light",
            "lamp",
            "fan",
            "blinds",
            "speaker",
            "heater",
            "TV",
            "door",
        )
    ),
    "Nautilus",
    "Oberon",
    "Papageno",
    "Rosie",
    "Kraken",
    "Gondola",
    "Quasimodo",
)
"""The names of a house, usual ones and others."""
SIMPLIFIED: Final = "广产协"
TRADITIONAL: Final = "廣產協"
"""Characters of the Chinese sentence that differ between the scripts."""

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
        started = {}
        for name in MODELS:
            arguments = "--model", str(real_weights.folder(name))
            serving_it = serving(tmp_path_factory.mktemp(name), *arguments)
            started[name] = await stack.enter_async_context(serving_it)
        for name, server in started.items():
            # Until then the embedded model answers.
            await server.says(f"speech model {name} is ready")
        yield started


async def hear(
    servers: dict[str, Server], model: str, name: str, **request: Any
) -> Event:
    """Return the answer to a recording."""
    samples = read(FOLDER / f"{name}.wav")
    return await servers[model].ask(samples, **request)


def texts(answer: Event) -> list[str]:
    """Return the text and its alternatives: Home Assistant takes one of them."""
    others = details(answer).get("alternatives", [])
    return [answer.data["text"], *(other["text"] for other in others)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ONCE)
async def test_sentence_is_written_once(
    servers: dict[str, Server], model: str, name: str
) -> None:
    """A sentence is written once, and as it was said in one of the texts."""
    found = texts(await hear(servers, model, name))

    assert not is_repeated(words(found[0])), found
    wanted = ONCE[name]
    if wanted is not None:
        said = " ".join(words(wanted))
        errors = min(word_errors(said, " ".join(words(text))) for text in found)
        assert errors <= ((name, model) in MISHEARD), found


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", [*LEAKS, *NAMED_NOISES])
async def test_voices_in_the_background_give_no_text(
    servers: dict[str, Server], model: str, name: str
) -> None:
    """Voices of several people at once give no text, but a reason."""
    answer = await hear(servers, model, name)

    assert answer.data["text"] == ""
    assert details(answer)["empty_reason"] in {"no-speech", "phantom"}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", NAMED_NOISES)
async def test_noise_gives_no_name_of_the_house(
    servers: dict[str, Server], model: str, name: str
) -> None:
    """Voices in the background give no text either in a house with many names."""
    async with connected(servers[model]) as client:
        house = Vocabulary(key="house", names=NAMES)
        await client.wire.write_event(house.event())
        await client.transcribe(context=TranscribeOptions(vocabulary="house").context())
        await client.speak(read(FOLDER / f"{name}.wav"))
        await client.stop()
        answer = await client.answer()

    assert answer.data["text"] == ""


@pytest.mark.parametrize(
    ("model", "name"),
    # tiny.en hears nothing in the other one, nor does faster-whisper with it.
    [("base", "refused_1"), ("base", "refused_2"), ("tiny.en", "refused_2")],
)
async def test_single_word_is_not_refused(
    servers: dict[str, Server], model: str, name: str
) -> None:
    """A single word of a person is written."""
    answer = await hear(servers, model, name)

    assert words(answer.data["text"]) in (["yes"], ["yeah"]), answer


@pytest.mark.parametrize(
    ("language", "simplified"),
    [("zh", True), ("zh-CN", True), ("zh-TW", False)],
)
async def test_chinese_in_the_script_of_the_language(
    servers: dict[str, Server],
    language: str,
    simplified: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Mandarin is written with the characters that the language's tag stands for."""
    answer = await hear(servers, "base", "zh_traditional_1", language=language)

    wanted, other = SIMPLIFIED, TRADITIONAL
    if not simplified:
        wanted, other = other, wanted
    text = set(answer.data["text"])
    assert text & set(wanted), answer
    assert not text & set(other), answer

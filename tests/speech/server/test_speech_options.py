"""Test commands to servers with other options."""

import asyncio
import os
from pathlib import Path

from tests.simulators import random_whisper
from tests.simulators.voices import join, say, silence
from tests.speech.server.program import connected, serving
from tests.speech.server.speaking import COMMAND, details


def _names_below(folder: Path, pattern: str) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.rglob(pattern))


async def test_who_comes_to_a_full_queue_is_told_to_come_again(
    tmp_path: Path,
) -> None:
    """Every client gets an answer, queued ones a text; later requests work."""
    model = random_whisper.make(tmp_path / "tiny", "tiny", script="lightsoutnow")
    # A slow model and one worker: with many cores the queue would never be full.
    options = ("--model", str(model), "--threads", str(os.cpu_count()))
    async with serving(tmp_path / "data", *options) as server:
        await server.says("speech model tiny is ready")
        answers = await asyncio.gather(*(server.ask(say(COMMAND)) for _ in range(30)))
        refused = [answer for answer in answers if answer.type == "error"]
        assert refused
        assert {answer.data["code"] for answer in refused} == {"busy"}
        assert all("try again" in answer.data["text"] for answer in refused)
        texts = [a.data["text"] for a in answers if a.type == "transcript"]
        assert len(texts) >= 16
        assert set(texts) == {"lightsoutnow"}
        assert (await server.ask(say(COMMAND))).data["text"] == "lightsoutnow"


async def test_commands_of_one_connection_are_answered_in_turn(
    tmp_path: Path,
) -> None:
    """Answers have no IDs, so a quick one waits for the one before it."""
    long = "turn on the kitchen light"
    async with (
        serving(tmp_path, "--threads", "1") as server,
        connected(server) as client,
    ):
        for sound in (join(say(long), silence(20.0)), silence(0.1), say(long)):
            await client.transcribe()
            await client.speak(sound)
            await client.stop()
        answers = [(await client.answer()).data["text"] for _ in range(3)]
    assert answers == [long, "", long]


async def test_missing_model_does_not_stop_the_server(tmp_path: Path) -> None:
    """If a model cannot be loaded, the embedded one is used and named."""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    async with serving(
        tmp_path, "--model", "tiny-int8", environment=environment
    ) as server:
        answer = await server.ask(say(COMMAND))
        assert answer.data["text"] == COMMAND
        assert details(answer)["model"] == "hearken-commands-en"
        await server.says("cannot be reached")
    assert _names_below(tmp_path, ".partial-*") == []


async def test_narrow_beam_has_no_alternatives(tmp_path: Path) -> None:
    """The fastest option gives the same text for a clear command."""
    async with serving(tmp_path, "--beam-size", "1") as server:
        answer = await server.ask(say(COMMAND))
    assert answer.data["text"] == COMMAND
    assert "alternatives" not in details(answer)


async def test_speculation_can_be_switched_off(tmp_path: Path) -> None:
    """Without speculation, the text is the same and nothing is decoded early."""
    async with serving(tmp_path, "--no-speculation") as server:
        async with connected(server) as client:
            await client.transcribe()
            await client.speak(join(say(COMMAND), silence(0.7)), pace=1)
            await client.stop()
            answer = await client.answer()
        assert answer.data["text"] == COMMAND
        assert details(answer)["speculative"] is False

"""The satellite's program, and a client for it."""

from pathlib import Path
from typing import Final

from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import RunSatellite

from tests.speech.client import Client
from tests.speech.program import HOST, Program

NAME: Final = "Test satellite"


def start(folder: Path, *arguments: object) -> Program:
    """Start the program with its files in this folder."""
    return Program(
        "hearken-satellite",
        *("--host", HOST, "--port", 0, "--data-dir", folder / "data"),
        *("--name", NAME, "--area", "Kitchen"),
        *("--microphone", "silence", "--speaker", "none"),
        *arguments,
        log=folder / "log",
    )


def ready_port(program: Program) -> int:
    """Return the port from the ready line."""
    first, url = program.line().split()
    assert first == "ready"
    assert url.startswith(f"tls://{HOST}:")
    return int(url.rsplit(":", 1)[1])


async def listen(client: Client) -> None:
    """Request the microphone and return when it is open."""
    await client.send(RunSatellite())
    run = RunPipeline.from_event(await client.expect("run-pipeline"))
    assert run.start_stage is PipelineStage.WAKE
    assert run.end_stage is PipelineStage.TTS
    await client.expect("audio-start")

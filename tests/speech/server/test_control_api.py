"""Test that the control API requires the token."""

import asyncio
import json

import aiohttp
import pytest
from wyoming.asr import Transcribe
from wyoming.ping import Ping
from wyoming.tts import Synthesize

from hearken_speech.protocol import Vocabulary
from hearken_speech.version import VERSION
from house import sound
from tests.speech.client import audio, connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server


def _token(server: Server) -> str:
    return str(json.loads((server.data_dir / "server.json").read_text())["token"])


async def _get(server: Server, path: str, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"http://{HOST}:{server.http_port}{path}",
            headers=headers,
            timeout=aiohttp.ClientTimeout(LIMIT_SECONDS),
        ) as answer,
    ):
        return answer.status, await answer.text()


async def test_health_needs_no_token(server: Server) -> None:
    """A watchdog needs no token."""
    status, text = await _get(server, "/health")
    assert (status, json.loads(text)) == (200, {"status": "ok", "version": VERSION})


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}"]
)
async def test_status_without_the_token_is_refused(
    server: Server, authorization: str | None
) -> None:
    """The answer says where to find the token, and nothing else."""
    headers = {}
    if authorization is not None:
        headers["Authorization"] = authorization.format(token=_token(server))
    status, text = await _get(server, "/api/v1/status", **headers)
    assert status == 401
    assert "server.json" in text
    assert _token(server) not in text


@pytest.mark.parametrize("header", [b"Bearer \xff\xfe", b"Bearer k\xc3\xbcche"])
async def test_odd_letters_are_no_token(server: Server, header: bytes) -> None:
    """Bytes that are not text are refused like any other wrong token."""
    async with connect(server.http_port) as client:
        client.writer.write(
            b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n"
            % header
        )
        async with asyncio.timeout(LIMIT_SECONDS):
            assert b" 401 " in await client.reader.readline()


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/health/../api/v1/status"])
async def test_other_paths_are_refused_too(server: Server, path: str) -> None:
    """Without the token, existing and missing paths look the same."""
    assert (await _get(server, path))[0] == 401


async def test_status_tells_what_happened(server: Server) -> None:
    """The status has the model, wake words, and the last requests."""
    async with connect(server.port) as client:
        await client.send(Transcribe(), *audio(sound.silence(0.1)))
        await client.expect("transcript")
        await client.send(Synthesize(text="hello"))
        await client.until("audio-stop")
        await client.send(Transcribe(language="xx"), *audio(b""))
        await client.expect("error")
    token = f"Bearer {_token(server)}"
    code, text = await _get(server, "/api/v1/status", Authorization=token)
    status = json.loads(text)
    assert code == 200
    assert status["name"] == "Test server"
    assert status["version"] == VERSION
    assert status["model"] == "hearken-commands-en"
    assert status["model_problem"] is None
    assert "hey_jarvis" in status["wake_words"]
    assert all(status["counts"][kind] for kind in ("transcript", "spoken", "error"))
    assert status["requests"] >= 3
    kinds = [entry["kind"] for entry in status["recent"]]
    assert kinds[-3:] == ["transcript", "spoken", "error"]
    assert status["recent"][-3]["empty_reason"] == "no-audio"
    assert status["recent"][-1]["code"] == "unknown-language"


async def test_refused_requests_are_counted_and_forgotten(server: Server) -> None:
    """Old events are dropped; a reset restarts the counts."""
    headers = {"Authorization": f"Bearer {_token(server)}"}

    async def speak() -> str:
        async with connect(server.port) as client:
            await client.send(Synthesize(text="one two three four " * 50))
            while (event := await client.receive()) is not None:
                if event.type in {"audio-stop", "error"}:
                    return event.type
        return "nothing"

    answers = await asyncio.gather(*(speak() for _ in range(30)))
    refused = answers.count("error")
    assert refused
    _, text = await _get(server, "/api/v1/status", **headers)
    shown = json.loads(text)
    assert shown["overload"]["refused_lately"] >= refused
    assert shown["overload"]["refused"] >= refused
    assert shown["requests"] >= 30
    assert shown["stages"]["speak"]["count"]

    url = f"http://{HOST}:{server.http_port}/api/v1/statistics/reset"
    async with aiohttp.ClientSession() as session:
        async with session.post(url) as answer:
            assert answer.status == 401
        async with session.post(url, headers=headers) as answer:
            assert answer.status == 204
    _, text = await _get(server, "/api/v1/status", **headers)
    shown = json.loads(text)
    assert shown["overload"] == {"refused": 0, "refused_lately": 0}
    assert shown["requests"] == 0
    assert shown["stages"]["speak"] == {"count": 0, "p50_ms": None, "p95_ms": None}


async def test_stored_names_can_be_read(server: Server) -> None:
    """The stored names of each client are listed."""
    vocabulary = Vocabulary(key="house", names=("Küche", "Lamp"), terms=("milk",))
    async with connect(server.port) as client:
        await client.send(vocabulary, Ping())
        await client.expect("pong")
    headers = {"Authorization": f"Bearer {_token(server)}"}
    _, text = await _get(server, "/api/v1/vocabulary", **headers)
    assert json.loads(text)["house"] == {"names": ["Küche", "Lamp"], "terms": ["milk"]}
    assert (await _get(server, "/api/v1/vocabulary"))[0] == 401

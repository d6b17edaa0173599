"""Test wake words over Wyoming from a client's point of view."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import numpy as np
import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.wake import Detect

from hearken_speech.audio.format import Samples
from hearken_speech.protocol import (
    DetectDetails,
    DetectionDetails,
    ErrorCode,
    Proof,
    WordSensitivity,
)
from hearken_speech.wake.catalogue import WakeCatalogue
from tests.speech.client import Client, audio, connect
from tests.speech.program import HOST, LIMIT_SECONDS, Server
from tests.speech.wake import models
from tests.speech.wake.sounds import noise, spoken

NEVER = WordSensitivity(threshold=1.0, patience=25)


LAYOUT: dict[str, Any] = {"rate": 16_000, "width": 2, "channels": 1}


def said(text: str = "alexa") -> Samples:
    """Return a spoken text with silence around it."""
    return np.concatenate([noise(1.2, 2), spoken(text), noise(0.8, 2)])


async def answer(client: Client) -> Event:
    """Return the next event."""
    event = await client.receive()
    assert event is not None, "the server closed the connection"
    return event


async def heard(server: Server, names: list[str] | None, sound: Samples) -> str:
    """Return the detected word, or the type of the next event."""
    async with connect(server.port) as client:
        await client.send(Detect(names=names), *audio(sound))
        event = await answer(client)
    return str(event.data.get("name") or event.type)


@pytest.mark.parametrize("names", [["alexa"], ["okay_nabu", "alexa"], None, []])
async def test_word_is_heard(server: Server, names: list[str] | None) -> None:
    """One word, several words, or all words can be requested."""
    assert await heard(server, names, said()) == "alexa"


async def test_nothing_is_not_detected(server: Server) -> None:
    """Audio that ends without a word is answered with not-detected."""
    assert await heard(server, ["hey_jarvis"], said()) == "not-detected"
    assert await heard(server, None, np.zeros(0, np.int16)) == "not-detected"


async def test_detection_says_why_and_where(server: Server) -> None:
    """The context has score, level and position; the timestamp is the word's end."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"]))
        await client.send(*audio(said(), timestamp=5000))
        event = await answer(client)
    details = DetectionDetails.from_context(event.data["context"])
    assert details is not None
    assert 0.5 <= details.score <= (details.peak or 0) <= 1
    assert (details.threshold, details.frames_over) in {(0.5, 1), (0.5, 2)}
    word = len(spoken("alexa"))
    begin = round(1.2 * 16_000)
    assert details.begin_samples == pytest.approx(begin, abs=1600)
    assert details.end_samples == pytest.approx(begin + word, abs=1600)
    assert details.level_dbfs is not None
    assert -40 < details.level_dbfs < -10
    assert details.end_samples is not None
    assert event.data["timestamp"] == 5000 + details.end_samples // 16


async def test_unknown_word_is_an_error(server: Server) -> None:
    """The error names the word, and the connection stays open."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["nope"]))
        event = await answer(client)
        assert (event.type, event.data["code"]) == (
            "error",
            ErrorCode.UNKNOWN_WAKE_WORD.value,
        )
        assert "nope" in event.data["text"]
        await client.send(*audio(said()))  # Discarded by the server.
        await client.send(Detect(names=["alexa"]))
        await client.send(*audio(said()))
        assert (await answer(client)).data["name"] == "alexa"


async def test_sensitivity_is_the_streams_own(server: Server) -> None:
    """The sensitivity of one client does not affect another."""
    strict = DetectDetails(stream="a", words={"alexa": NEVER}).context()
    async with connect(server.port) as one, connect(server.port) as other:
        await one.send(Detect(names=["alexa"], context=strict))
        await other.send(Detect(names=["alexa"]))
        await asyncio.gather(one.send(*audio(said())), other.send(*audio(said())))
        assert (await answer(one)).type == "not-detected"
        assert (await answer(other)).data["name"] == "alexa"


async def test_sensitivity_changes_while_audio_flows(server: Server) -> None:
    """A second detect changes the running stream."""
    strict = DetectDetails(default=NEVER).context()
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"], context=strict))
        await client.send(*audio(said())[:-1])
        async with _http(server) as http:
            await _until(http, lambda state: state["engine"]["lag_seconds"] < 0.08)
        await client.send(Detect(names=["alexa"]))
        await client.send(AudioChunk(**LAYOUT, audio=said().tobytes()))
        await client.send(AudioStop())
        event = await answer(client)
    details = DetectionDetails.from_context(event.data["context"])
    assert details is not None
    assert details.position_samples is not None
    assert details.position_samples > len(said())


@pytest.mark.parametrize(
    "context",
    [
        {"hearken": {"words": {"alexa": {"threshold": 2}}}},
        {"hearken": {"words": {"alexa": {"threshold": "high"}}}},
        {"hearken": {"words": {"alexa": None}}},
        {"hearken": {"words": [1, 2]}},
        {"hearken": {"default": {"patience": 1.5}}},
        {"hearken": []},
    ],
)
async def test_senseless_wishes_are_refused(
    server: Server, context: dict[str, object]
) -> None:
    """An invalid context raises an error and changes nothing."""
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"], context=context))
        event = await answer(client)
    assert (event.type, event.data["code"]) == ("error", "bad-request")


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [
        (48_000, 2, 2),
        (44_100, 2, 1),
        (8_000, 2, 1),
        (16_000, 4, 1),
        (48_000, 3, 1),
        (16_000, 1, 1),
    ],
)
async def test_other_formats_are_converted(
    server: Server, rate: int, width: int, channels: int
) -> None:
    """The word is detected at other rates, widths and channels."""
    sound = said().astype(float)
    at = np.arange(0, len(sound), 16_000 / rate)
    other = np.repeat(np.interp(at, np.arange(len(sound)), sound), channels)
    if width == 1:
        data = (other / 256 + 128).astype(np.uint8).tobytes()
    else:
        whole = (other * 65536).astype("<i4").view(np.uint8).reshape(-1, 4)
        data = whole[:, 4 - width :].tobytes()
    layout = {"rate": rate, "width": width, "channels": channels}
    async with connect(server.port) as client:
        await client.send(Detect(names=["alexa"]))
        await client.send(AudioStart(**layout))
        for first in range(0, len(data), 1001):  # Cuts samples in half.
            piece = data[first : first + 1001]
            await client.send(AudioChunk(**layout, audio=piece))
        await client.send(AudioChunk(**layout, audio=b""))
        await client.send(AudioStop())
        event = await answer(client)
    # Telephone quality at 8 bits loses too much of the word for a guarantee.
    if rate >= 16_000 and width > 1:
        assert event.data.get("name") == "alexa"
    assert event.type in {"detection", "not-detected"}


@pytest.mark.parametrize("sound", ["silence", "full scale", "noise"])
async def test_extreme_sound_harms_nothing(server: Server, sound: str) -> None:
    """Silence, a square wave and loud noise are not detected."""
    samples = {
        "silence": np.zeros(48_000, np.int16),
        "full scale": np.tile(np.array([32767, -32768], np.int16), 24_000),
        "noise": noise(3, 30_000),
    }[sound]
    assert await heard(server, None, samples) == "not-detected"
    assert await heard(server, None, said()) == "alexa"


async def test_client_that_never_reads_harms_nobody(server: Server) -> None:
    """A client that floods the server and reads nothing does not affect others."""
    wild = DetectDetails(
        default=WordSensitivity(threshold=0.001, patience=1, refractory_seconds=0)
    ).context()
    async with connect(server.port) as flood, _http(server) as http:
        await flood.send(Detect(names=None, context=wild))
        before = (await _json(http, "/api/v1/status"))["memory_bytes"]

        async def pour() -> None:
            """Send continuously."""
            while True:
                await flood.send(*audio(said())[:-1])

        pouring = asyncio.create_task(pour())
        for _ in range(3):
            assert await heard(server, ["alexa"], said()) == "alexa"
        after = (await _json(http, "/api/v1/status"))["memory_bytes"]
        assert after - before < 50_000_000
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)


@pytest.mark.timeout(180)
async def test_two_hundred_connections_at_once(server: Server) -> None:
    """Those who know the token are all served, and all are closed afterwards."""
    token = json.loads((server.data_dir / "server.json").read_text())["token"]
    sound = audio(said())

    async def listen(client: Client) -> str:
        """Return the word that is detected."""
        await client.send(*sound)
        return str((await answer(client)).data.get("name"))

    async with contextlib.AsyncExitStack() as stack:
        clients: list[Client] = []
        for _ in range(200):
            client = await stack.enter_async_context(connect(server.port))
            details = DetectDetails(stream=f"crowd {len(clients)}").context()
            await client.send(Proof.of(token), Detect(names=["alexa"], context=details))
            clients.append(client)
        found = await asyncio.gather(*map(listen, clients))
    assert found == ["alexa"] * 200
    async with _http(server) as http:
        await _until(
            http,
            lambda state: (
                not any(name.startswith("crowd") for name in state["streams"])
            ),
        )


@pytest.mark.timeout(120)
async def test_word_appears_without_a_restart(server: Server) -> None:
    """A file in the folder is announced, detected, and removed with the file."""
    path = models.always(server.data_dir / "wake_words" / "my_word.onnx")
    async with connect(server.port) as client:
        await _until_announced(client, {"my_word"})
        assert await heard(server, ["my_word"], said()) == "my_word"
        path.unlink()
        await _until_announced(client, set())
        await client.send(Detect(names=["my_word"]))
        assert (await answer(client)).type == "error"


@pytest.mark.timeout(120)
async def test_word_that_fails_at_work_is_told(server: Server) -> None:
    """Streams with only the failing word get an error; others continue."""
    path = models.not_a_number(server.data_dir / "wake_words" / "bad_word.onnx")
    async with (
        connect(server.port) as client,
        _http(server) as http,
    ):
        await _until_announced(client, {"bad_word"})
        async with connect(server.port) as other:
            await other.send(Detect(names=["bad_word", "alexa"]), *audio(said()))
            assert (await answer(other)).data["name"] == "alexa"
        path.touch()  # The file has changed, so it is tried again.
        await _until_announced(client, set())
        await _until_announced(client, {"bad_word"})
        await client.send(Detect(names=["bad_word"]), *audio(said())[:-1])
        event = await client.expect("error")
        assert event.data["code"] == ErrorCode.NO_MODEL.value
        assert "bad_word" in event.data["text"]
        assert "not numbers" in event.data["text"]
        await client.send(Detect(names=["alexa"]), *audio(said()))
        assert (await answer(client)).data["name"] == "alexa"
        words = (await _json(http, "/api/v1/wake"))["words"]
        (bad,) = (word for word in words if word["id"] == "bad_word")
        assert "not numbers" in bad["problem"]
        path.unlink()
        await _until_announced(client, set())


async def _until_announced(client: Client, own: set[str]) -> None:
    """Wait until exactly these custom words are announced."""
    included = {word.id for word in WakeCatalogue().usable()}
    async with asyncio.timeout(40):
        while True:
            await client.send(Describe())
            info = Info.from_event(await answer(client))
            if {model.name for model in info.wake[0].models} == included | own:
                return
            await asyncio.sleep(0.5)


async def test_owner_sees_records_and_recordings(server: Server) -> None:
    """The control API lists detections; recordings exist only if turned on."""
    details = DetectDetails(stream="kitchen").context()
    async with _http(server) as http:
        await http.delete("/api/v1/wake/records")
        for keep in (False, True):
            await http.put("/api/v1/wake/clips/settings", json={"keep_clips": keep})
            async with connect(server.port) as client:
                await client.send(Detect(names=["alexa"], context=details))
                await client.send(*audio(said()))
                await answer(client)
                await client.send(Describe())
                await answer(client)
        async with http.get("/api/v1/wake/records") as response:
            newest, older = await response.json()
        assert (newest["stream"], newest["word"]) == ("kitchen", "alexa")
        await _until(http, bool, "/api/v1/wake/clips")
        clips = await _json(http, "/api/v1/wake/clips")
        assert [clip["name"] for clip in clips] == [newest["clip"]]
        assert older["clip"] != newest["clip"]
        async with http.get(f"/api/v1/wake/clips/{newest['clip']}") as response:
            assert response.content_type == "audio/wav"
            assert (await response.read()).startswith(b"RIFF")
        async with http.get("/api/v1/wake/clips/nothing") as response:
            assert response.status == 404
        await http.delete("/api/v1/wake/clips")
        assert await _json(http, "/api/v1/wake/clips") == []
        async with http.put("/api/v1/wake/clips/settings", json={"max_days": 0}) as bad:
            assert bad.status == 400
        await http.put("/api/v1/wake/clips/settings", json={"keep_clips": False})


async def test_scores_can_be_watched(server: Server) -> None:
    """With the token, the scores of a stream can be watched live."""
    details = DetectDetails(stream="bath").context()
    async with connect(server.port) as client, _http(server) as http:
        await client.send(Detect(names=["alexa"], context=details))
        await client.send(*audio(noise(0.5))[:-1])
        async with http.ws_connect("/api/v1/wake/scores/bath") as socket:
            await client.send(*audio(said()))  # A new stream of the same name.
            best = 0.0
            async with asyncio.timeout(20):
                while best < 0.9:
                    scores = (await socket.receive_json())["scores"]
                    best = max(best, scores["alexa"])
        await answer(client)
    async with (
        aiohttp.ClientSession(_url(server)) as stranger,
        stranger.get("/api/v1/wake") as response,
    ):
        assert response.status == 401


def _http(server: Server) -> aiohttp.ClientSession:
    """Return an HTTP client for the control API."""
    token = json.loads((server.data_dir / "server.json").read_text())["token"]
    return aiohttp.ClientSession(
        _url(server), headers={"Authorization": f"Bearer {token}"}
    )


def _url(server: Server) -> str:
    """Return the address of the control API."""
    return f"http://{HOST}:{server.http_port}"


async def _json(http: aiohttp.ClientSession, path: str) -> Any:
    """Return an answer of the control API."""
    async with http.get(path) as response:
        return await response.json()


async def _until(
    http: aiohttp.ClientSession,
    condition: Callable[[Any], bool],
    path: str = "/api/v1/wake",
) -> None:
    """Wait until an answer of the control API meets a condition."""
    end = asyncio.get_running_loop().time() + LIMIT_SECONDS
    while not condition(state := await _json(http, path)):
        assert asyncio.get_running_loop().time() < end, state
        await asyncio.sleep(0.05)

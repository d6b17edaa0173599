"""Test wake words from text over the control API of the real server."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
from wyoming.wake import Detect

from hearken_speech.wake.made import MadeWord, MadeWords
from house import sound
from tests.speech.client import audio, connect
from tests.speech.server.api import Api
from tests.speech.server.program import serving
from tests.speech.wake.made_heads import flat_head

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "/wake/words"
GAIN = {"before": {"missed": 1}, "after": {"missed": 0}}
ALWAYS = flat_head(5.0)
NEVER = flat_head(-9.0)
WORD = MadeWord(
    id="okay_house", phrase="okay house", text="Okay house", language="en", made_at=1.0
)


async def job(api: Api) -> dict[str, Any]:
    """Return the job."""
    _, text = await api.call("GET", WORDS)
    return dict(json.loads(text)["job"])


async def test_word_comes_back_from_a_backup(tmp_path: Path) -> None:
    """A restored data folder is enough; the word is renamed, tried and deleted."""
    MadeWords(tmp_path / "old").save(WORD, ALWAYS)
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    async with (
        serving(tmp_path / "new", "--no-download") as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        await api.until_status(wake_words=[*(await usual(api)), "okay_house"])
        path = f"{WORDS}/okay_house"
        assert (await api.call("POST", f"{path}/rename", {"name": "Hal"}))[0] == 200
        async with connect(server.port) as client:
            await client.send(
                Detect(names=["Okay house", "nobody"]), *audio(sound.silence(2.0))
            )
            assert (await client.expect("detection")).data["name"] == "Okay house"
        assert (await api.call("POST", f"{path}/undo"))[0] == 400
        assert (await api.call("DELETE", path))[0] == 204
        assert (await api.call("DELETE", path))[0] == 404
        assert json.loads((await api.call("GET", WORDS))[1])["words"] == []


async def usual(api: Api) -> list[str]:
    """Return the words that are no made ones."""
    words = (await api.status())["wake_words"]
    return [word for word in words if word != WORD.id]


async def test_making_is_refused_started_and_cancelled(tmp_path: Path) -> None:
    """One word is made at a time; what cannot be one is told why."""
    async with (
        serving(tmp_path, "--no-download") as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        status, text = await api.call("POST", WORDS, {"text": "turn on"})
        assert (status, json.loads(text)["reason"]) == (422, "too_common")
        assert (await api.call("POST", WORDS, {"text": 5}))[0] == 400
        wanted = {"text": "okay computer"}
        assert (await api.call("POST", WORDS, wanted))[0] == 202
        assert (await api.call("POST", WORDS, wanted))[0] == 409
        assert (await api.call("POST", f"{WORDS}/cancel"))[0] == 204
        ended = await job(api)
        assert (ended["running"], ended["reason"]) == (False, "cancelled")
        assert not list((tmp_path / "made_words").glob("*.onnx"))


async def test_owner_adds_recordings_and_decides(tmp_path: Path) -> None:
    """Bad recordings are refused with the reason; nothing changes unasked."""
    words = MadeWords(tmp_path)
    words.save(WORD, ALWAYS)
    words.save(replace(WORD, id="other"), NEVER)
    words.save_candidate(replace(WORD, gain=GAIN, recordings=1), ALWAYS)
    async with (
        serving(tmp_path, "--no-download") as server,
        aiohttp.ClientSession() as session,
    ):
        api = Api(server, session)
        path = f"{WORDS}/{WORD.id}"
        word = sound.speak("okay house")
        refused = await send(api, f"{path}/recordings", word // 2_000)
        assert refused == (422, "too_quiet")
        assert await send(api, f"{path}/recordings", word) == (200, 1)
        assert (await send(api, f"{WORDS}/nobody/recordings", word))[0] == 404
        other = f"{WORDS}/other/recordings"
        assert await send(api, other, word) == (422, "other_word")
        assert await send(api, f"{other}?unchecked", word) == (200, 1)

        clip = {"clip": "20260101T000000Z-1-near-okay_house-kitchen", "is_word": True}
        assert (await api.call("POST", f"{path}/clips", clip))[0] == 400
        heard = np.concatenate([sound.silence(0.5), word, sound.silence(0.5)])
        (tmp_path / "wake_clips").mkdir(exist_ok=True)
        sound.save(tmp_path / "wake_clips" / f"{clip['clip']}.wav", heard)
        for is_word in (True, False):
            clip["is_word"] = is_word
            assert (await api.call("POST", f"{path}/clips", clip))[0] == 200
        listed, _ = json.loads((await api.call("GET", WORDS))[1])["words"]
        assert listed["kept"] == {"recordings": 2, "others": 1}
        assert (listed["candidate"], listed["can_undo"]) == (GAIN, False)

        _, text = await api.call("POST", f"{path}/accept")
        accepted = json.loads(text)
        assert (accepted["gain"], accepted["can_undo"]) == (GAIN, True)
        assert (await api.call("POST", f"{path}/accept"))[0] == 400
        assert (await api.call("POST", f"{path}/undo"))[0] == 200
        assert (await api.call("DELETE", f"{path}/recordings"))[0] == 204
        assert (await api.call("POST", f"{path}/improve"))[0] == 202
        ended = await job(api)
        while ended["running"]:
            await asyncio.sleep(0.1)
            ended = await job(api)
        assert "no recording" in ended["error"]


async def send(api: Api, path: str, samples: np.ndarray) -> tuple[int, Any]:
    """Send a recording; return the status, and the count or the reason."""
    status, text = await api.call("POST", path, data=samples.tobytes())
    if status == 404:
        return status, None
    told = json.loads(text)
    return status, told.get("recordings", told.get("reason"))

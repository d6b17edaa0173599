"""Test wake words from text over the control API of the real server."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
from wyoming.wake import Detect

from hearken_speech.wake.made import MadeWord, MadeWords
from hearken_speech.wake.making.fit import LinearHead
from hearken_speech.wake.making.head_file import head_bytes
from house import sound
from tests.speech.client import audio, connect
from tests.speech.server.api import Api
from tests.speech.server.program import serving

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "/wake/words"
ALWAYS = LinearHead(np.zeros((4, 96), np.float32), 5.0)
WORD = MadeWord(
    id="okay_house", phrase="okay house", text="Okay house", language="en", made_at=1.0
)


async def job(api: Api) -> dict[str, Any]:
    """Return the job."""
    _, text = await api.call("GET", WORDS)
    return dict(json.loads(text)["job"])


async def test_word_comes_back_from_a_backup(tmp_path: Path) -> None:
    """A restored data folder is enough; the word is renamed, tried and deleted."""
    MadeWords(tmp_path / "old").save(WORD, head_bytes(ALWAYS))
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

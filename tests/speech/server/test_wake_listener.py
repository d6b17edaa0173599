"""Test what becomes of detections and near misses that are checked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hearken_speech.connections import ConnectionLimits, Connections
from hearken_speech.server.wake import WakeService
from hearken_speech.server.wake_listener import WakeListener
from hearken_speech.server.word_check import WordCheck
from hearken_speech.stt.phrase_evidence import PhraseEvidence
from hearken_speech.wake.made import MadeWords
from hearken_speech.wake.making.fit import LinearHead
from hearken_speech.wake.making.head_file import head_bytes
from hearken_speech.wake.records import Check, WakeRecord
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.server.recognizing import until
from tests.speech.server.test_word_check import OTHER, SURE, WORD, Ears
from tests.speech.sounds import noise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hearken_speech.wake.events import Detected

UNSURE = PhraseEvidence("OK, how?", -4.0, 0.6)
HEARS_IT, ALMOST = 5.0, -0.4
"""Logits of heads that score whatever they hear the same."""


@dataclass
class House:
    """A server's wake words with one that was made from text."""

    service: WakeService
    ears: Ears
    reported: list[Detected] = field(default_factory=list)

    def listen(self) -> WakeListener:
        """Open a stream."""
        # A word that is heard at once would leave nothing to hear again.
        patient = WordSettings(patience=12)
        settings = StreamSettings(words={"Okay house": patient})
        self.reported.clear()
        connections = Connections(ConnectionLimits())
        connection = connections.admit("192.0.2.1", lambda: None)
        connections.trust(connection)
        return WakeListener(self.service, "hall", settings, self._report, connection)

    async def hear(self, seconds: float = 2.0) -> list[str]:
        """Listen to some noise to its end; return the words that were reported."""
        listener = self.listen()
        running = asyncio.create_task(listener.run())
        await listener.add_audio_paced(noise(seconds))
        await listener.finish()
        await running
        return [heard.word for heard in self.reported]

    async def _report(self, heard: Detected) -> None:
        """Note a detection."""
        self.reported.append(heard)

    @property
    def records(self) -> list[WakeRecord]:
        """Return the records, the newest first."""
        return self.service.records.newest()


@asynccontextmanager
async def _house(folder: Path, logit: float) -> AsyncIterator[House]:
    """Make a house with a head that always scores this."""
    words = MadeWords(folder)
    words.save(WORD, head_bytes(LinearHead(np.zeros((4, 96), np.float32), logit)))
    service = await asyncio.to_thread(WakeService.start, folder, folder / "wake")
    await asyncio.to_thread(service.catalogue.refresh)
    ears = Ears()
    try:
        yield House(replace(service, check=WordCheck(ears, words)), ears)
    finally:
        service.close()


@pytest.mark.parametrize(
    ("logit", "outcomes"),
    [
        (
            HEARS_IT,
            [
                (SURE, ["Okay house"], Check.CONFIRMED),
                (UNSURE, ["Okay house"], Check.UNSURE),
                (OTHER, [], Check.REFUTED),
                (None, ["Okay house"], None),
            ],
        ),
        (
            ALMOST,
            [
                (SURE, ["Okay house"], Check.CONFIRMED),
                (UNSURE, [], Check.UNSURE),
                (OTHER, [], Check.REFUTED),
                (None, [], None),
            ],
        ),
    ],
)
async def test_speech_model_withdraws_and_confirms(
    tmp_path: Path,
    logit: float,
    outcomes: list[tuple[PhraseEvidence | None, list[str], Check | None]],
) -> None:
    """A plain contradiction ends a detection, a plain agreement makes a near miss one.

    Without an answer, everything is as if there was no check.
    """
    async with _house(tmp_path, logit) as house:
        for says, reported, check in outcomes:
            house.ears.answer, house.ears.is_free = says or SURE, says is not None
            # The detector concludes once in so little sound.
            assert await house.hear() == reported
            record = house.records[0]
            assert (record.check, record.detected) == (check, bool(reported))


async def test_word_that_was_not_made_here_is_not_checked(tmp_path: Path) -> None:
    """The owner's own files are heard as ever."""
    head = head_bytes(LinearHead(np.zeros((4, 96), np.float32), HEARS_IT))
    (tmp_path / "wake").mkdir()
    (tmp_path / "wake" / "okay_house.onnx").write_bytes(head)
    async with _house(tmp_path, HEARS_IT) as house:
        await asyncio.to_thread(MadeWords(tmp_path).delete, "okay_house")
        await asyncio.to_thread(house.service.catalogue.refresh)
        house.ears.answer = OTHER
        assert await house.hear() == ["Okay house"]
        assert house.ears.asked == []


async def test_stream_that_was_given_up_reports_nothing_more(tmp_path: Path) -> None:
    """The client may have begun another one while the speech model was asked."""
    async with _house(tmp_path, HEARS_IT) as house:
        house.ears.goes_on.clear()
        listener = house.listen()
        running = asyncio.create_task(listener.run())
        await listener.add_audio_paced(noise(2.0))
        await until(lambda: bool(house.ears.asked))
        listener.abandon()
        house.ears.goes_on.set()
        await running
        assert house.reported == []
        assert house.records[0].check is Check.CONFIRMED


async def test_clip_is_named_after_what_was_decided(tmp_path: Path) -> None:
    """A withdrawn detection is kept as a near miss."""
    async with _house(tmp_path, HEARS_IT) as house:
        house.service.clips.settings = replace(
            house.service.clips.settings, enabled=True
        )
        house.ears.answer = OTHER
        await house.hear(seconds=1.5)
        assert ["-near-" in record.clip_name for record in house.records] == [True]

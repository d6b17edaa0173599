"""Test what becomes of detections and near misses that are checked."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from hearken_speech.connections import ConnectionLimits, Connections
from hearken_speech.server.wake import WakeService
from hearken_speech.server.wake_listener import WakeListener
from hearken_speech.server.word_check import WordCheck
from hearken_speech.stt.phrase_evidence import PhraseEvidence
from hearken_speech.wake.made import MadeWords
from hearken_speech.wake.records import Check, WakeRecord
from hearken_speech.wake.settings import StreamSettings, WordSettings
from tests.speech.server.recognizing import until
from tests.speech.server.test_word_check import OTHER, SURE, WORD, Ears
from tests.speech.sounds import noise
from tests.speech.wake.made_heads import flat_head

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hearken_speech.wake.events import Detected

UNSURE = PhraseEvidence("OK, how?", -4.0, 0.6)
BEYOND_DOUBT, HEARS_IT, ALMOST, HARDLY = 5.0, 1.0, -0.4, -2.0
"""Logits of heads that score whatever they hear the same."""


@dataclass
class House:
    """A server's wake words with one that was made from text."""

    service: WakeService
    ears: Ears
    reported: list[Detected] = field(default_factory=list)

    def listen(self, word: str = "Okay house") -> WakeListener:
        """Open a stream."""
        # A word that is heard at once would leave nothing to hear again.
        patient = WordSettings(patience=12)
        settings = StreamSettings(words={word: patient})
        self.reported.clear()
        connections = Connections(ConnectionLimits())
        connection = connections.admit("192.0.2.1", lambda: None)
        connections.trust(connection)
        return WakeListener(self.service, "hall", settings, self._report, connection)

    async def hear(self, seconds: float = 2.0, word: str = "Okay house") -> list[str]:
        """Listen to some noise to its end; return the words that were reported."""
        listener = self.listen(word)
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
    words.save(WORD, flat_head(logit))
    service = await asyncio.to_thread(WakeService.start, folder, folder / "wake")
    await asyncio.to_thread(service.catalogue.refresh)
    ears = Ears()
    try:
        yield House(replace(service, check=WordCheck(ears, service.catalogue)), ears)
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


async def test_what_is_beyond_doubt_is_not_checked(tmp_path: Path) -> None:
    """The speech model does not understand everybody whom the head knows well."""
    async with _house(tmp_path, BEYOND_DOUBT) as house:
        house.ears.answer = OTHER
        assert await house.hear() == ["Okay house"]
        assert house.ears.asked == []
        assert house.records[0].check is None


async def test_faint_peak_is_nothing_unless_it_is_confirmed(tmp_path: Path) -> None:
    """Then it is a detection with a record and a clip; else there is no trace of it."""
    async with _house(tmp_path, HARDLY) as house:
        house.service.clips.settings = replace(
            house.service.clips.settings, enabled=True
        )
        for says in (UNSURE, OTHER):
            house.ears.answer = says
            assert await house.hear() == []
        assert (len(house.ears.asked), house.records) == (2, [])
        house.ears.answer = SURE
        assert await house.hear() == ["Okay house"]
        (record,) = house.records
        assert (record.detected, record.check) == (True, Check.CONFIRMED)
        assert record.peak == pytest.approx(0.119, abs=0.001)
        assert record.frames_over == 0
        house.service.clips.close()
        assert [clip.name for clip in house.service.clips.clips()] == [record.clip_name]


async def test_word_is_reported_once_however_its_score_rises(tmp_path: Path) -> None:
    """What follows a confirmed peak at once is the same word."""
    async with _house(tmp_path, HARDLY) as house:
        listener = house.listen()
        running = asyncio.create_task(listener.run())
        await listener.add_audio_paced(noise(1.0))
        await until(lambda: bool(house.reported))
        words = {"Okay house": WordSettings(threshold=0.1)}
        listener.update(StreamSettings(words=words))
        await listener.add_audio_paced(noise(1.0))
        await listener.finish()
        await running
        assert [record.frames_over > 0 for record in house.records] == [True, False]
        assert len(house.reported) == 1


async def test_without_a_check_nobody_looks_for_faint_peaks(tmp_path: Path) -> None:
    """The engine does not even find them."""
    async with _house(tmp_path, HARDLY) as house:
        house.service = replace(house.service, check=None)
        assert await house.hear() == []
        assert (house.ears.asked, house.records) == ([], [])


async def test_file_that_asks_for_the_check_gets_it(tmp_path: Path) -> None:
    """With the phrase and the language that its description names."""
    head = flat_head(HEARS_IT)
    (tmp_path / "wake").mkdir()
    (tmp_path / "wake" / "haus.onnx").write_bytes(head)
    about = {"wake_word": "Okay Haus", "trained_languages": ["de"], "check": True}
    (tmp_path / "wake" / "haus.json").write_text(json.dumps(about))
    async with _house(tmp_path, HEARS_IT) as house:
        house.ears.answer = OTHER
        assert await house.hear(word="haus") == []
        assert [asked for asked, *_ in house.ears.asked] == [("Okay Haus", "de")]


async def test_word_that_was_not_made_here_is_not_checked(tmp_path: Path) -> None:
    """The owner's own files are heard as ever."""
    head = flat_head(HEARS_IT)
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

"""Test timers that a satellite keeps by itself."""

import asyncio
import json
from pathlib import Path

import pytest

from hearken_speech.protocol import Timer, TimerChanged, Timers, TimerStage
from hearken_speech.satellite import timers as module
from hearken_speech.satellite.devices.speaker import SpeakerError
from hearken_speech.satellite.timers import Clocks, TimerKeeper

SOON = Timer(id="tea", name="Tea", seconds_left=0.01)
LATER = Timer(id="cake", seconds_left=600.0)


class Bell:
    """A bell that counts."""

    def __init__(self) -> None:
        """Start silent."""
        self.count = 0
        self.rung = asyncio.Event()
        self.is_broken = False

    async def ring(self) -> None:
        """Ring once."""
        self.count += 1
        self.rung.set()
        if self.is_broken:
            msg = "no speaker"
            raise SpeakerError(msg)

    async def heard(self) -> None:
        """Wait until it rings again."""
        self.rung.clear()
        async with asyncio.timeout(10):
            await self.rung.wait()


class Clock:
    """Both clocks, set by the test."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.steady, self.wall = 100.0, 1_000_000.0

    @property
    def clocks(self) -> Clocks:
        """Return the clocks."""
        return Clocks(steady=lambda: self.steady, wall=lambda: self.wall)


def reports(keeper: TimerKeeper) -> list[TimerChanged]:
    """Return, and forget, what Home Assistant has to be told."""
    found = []
    while (report := keeper.next_report()) is not None:
        keeper.forget_report(report)
        found.append(report)
    return found


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ring without pauses worth waiting for."""
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.001)


async def test_rings_until_somebody_stops_it(tmp_path: Path) -> None:
    """It rings again and again, and tells both the start and the end."""
    bell = Bell()
    keeper = TimerKeeper(bell.ring, tmp_path / "timers.json")
    running = asyncio.create_task(keeper.run())
    await keeper.replace(Timers(timers=(SOON, LATER)))
    for _ in range(3):
        await bell.heard()
    assert keeper.is_ringing
    assert [timer.id for timer in keeper.timers] == ["cake"]
    assert keeper.stop_ringing()
    assert not keeper.stop_ringing()
    assert reports(keeper) == [
        TimerChanged(id="tea", stage=TimerStage.RINGING),
        TimerChanged(id="tea", stage=TimerStage.ENDED),
    ]
    # Home Assistant has not learned of it yet: that is no reason to ring again.
    await keeper.replace(Timers(timers=(Timer(id="tea", seconds_left=0.0),)))
    assert not keeper.is_ringing
    assert keeper.timers == []
    running.cancel()


async def test_home_assistant_cancels_what_rings() -> None:
    """A timer that is no longer listed is silent."""
    bell = Bell()
    keeper = TimerKeeper(bell.ring)
    running = asyncio.create_task(keeper.run())
    await keeper.replace(Timers(timers=(SOON,)))
    await bell.heard()
    await keeper.replace(Timers())
    assert not keeper.is_ringing
    running.cancel()


async def test_a_broken_speaker_does_not_end_the_ringing() -> None:
    """It keeps trying: the speaker may be plugged in again."""
    bell = Bell()
    bell.is_broken = True
    keeper = TimerKeeper(bell.ring)
    running = asyncio.create_task(keeper.run())
    await keeper.replace(Timers(timers=(SOON,)))
    for _ in range(3):
        await bell.heard()
    assert keeper.is_ringing
    running.cancel()


async def test_nobody_is_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """It rings for a limited time."""
    monkeypatch.setattr(module, "RING_SECONDS", 0.0)
    bell = Bell()
    keeper = TimerKeeper(bell.ring)
    ended = asyncio.Event()
    keeper.listen(lambda: None if keeper.is_ringing else ended.set())
    running = asyncio.create_task(keeper.run())
    await keeper.replace(Timers(timers=(SOON,)))
    await bell.heard()
    ended.clear()
    if keeper.is_ringing:
        async with asyncio.timeout(10):
            await ended.wait()
    assert reports(keeper)[-1].stage is TimerStage.ENDED
    running.cancel()


async def test_timers_survive_a_restart(tmp_path: Path) -> None:
    """The time goes on while the satellite is off; the steady clock starts anew."""
    clock, path = Clock(), tmp_path / "timers.json"
    keeper = TimerKeeper(Bell().ring, path, clock.clocks)
    await keeper.replace(Timers(timers=(LATER,)))
    clock.steady, clock.wall = 5.0, clock.wall + 400.0
    again = TimerKeeper(Bell().ring, path, clock.clocks)
    assert again.timers == [Timer(id="cake", seconds_left=200.0)]


async def test_a_timer_that_finished_meanwhile_rings_unless_long_ago(
    tmp_path: Path,
) -> None:
    """Ten minutes late it rings; hours late it does not."""
    clock, path = Clock(), tmp_path / "timers.json"
    await TimerKeeper(Bell().ring, path, clock.clocks).replace(
        Timers(timers=(SOON, LATER))
    )
    clock.wall += 4000.0
    bell = Bell()
    keeper = TimerKeeper(bell.ring, path, clock.clocks)
    assert [timer.id for timer in keeper.timers] == ["cake"]
    running = asyncio.create_task(keeper.run())
    await bell.heard()
    running.cancel()


async def test_the_clock_is_set_while_a_timer_runs(tmp_path: Path) -> None:
    """The timer keeps its length, and the file follows the new time."""
    clock, path = Clock(), tmp_path / "timers.json"
    keeper = TimerKeeper(Bell().ring, path, clock.clocks)
    await keeper.replace(Timers(timers=(LATER,)))
    before = json.loads(path.read_text())["timers"][0]["due"]
    clock.wall += 7200.0
    running = asyncio.create_task(keeper.run())
    await keeper.replace(Timers(timers=tuple(keeper.timers)))
    assert keeper.timers == [LATER]
    assert json.loads(path.read_text())["timers"][0]["due"] == before + 7200.0
    running.cancel()


@pytest.mark.parametrize(
    "content",
    [
        *("{", '{"timers": 5}', '{"timers": [{"id": "a"}]}', '{"ringing": 1}'),
        '{"timers": [{"id": "a", "name": "", "due": "nan"}]}',
        '{"timers": [{"id": ["a"], "name": "", "due": 1}]}',
        '{"ended": [[]]}',
    ],
)
def test_a_damaged_file_is_no_reason_to_stay_silent(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The satellite starts without timers, keeps the file, and says so."""
    path = tmp_path / "timers.json"
    path.write_text(content)
    assert TimerKeeper(Bell().ring, path).timers == []
    assert (tmp_path / "timers.json.damaged").read_text() == content
    assert "not used" in caplog.text


def test_a_file_of_an_earlier_version(tmp_path: Path) -> None:
    """What is missing is nothing."""
    path = tmp_path / "timers.json"
    path.write_text('{"timers": []}')
    assert not TimerKeeper(Bell().ring, path).is_ringing
    assert path.exists()

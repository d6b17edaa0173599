"""Test that whatever interrupts a conversation leaves the satellite usable."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError
from wyoming.pipeline import PipelineStage
from wyoming.snd import Played

from custom_components.hearken.assist_satellite import HearkenSatellite
from custom_components.hearken.satellite.playback import Player
from custom_components.hearken.satellite.run_context import current_run
from hearken_speech.protocol import SatelliteSettings, TurnPhase
from tests.integration.conftest import state_of
from tests.integration.satellite.users import (
    command,
    core,
    end_timer,
    say,
    sounds,
    spoken,
)
from tests.integration.talking import SATELLITE, answer, call
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.integration.agent import SlowAgent
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer

COMMAND = "make it cosy"
ANSWER = f"Answer to {COMMAND}"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """End speech after a moment."""
    server.ends_speech_after_ms = 200
    server.text = COMMAND


@pytest.fixture
def _satellite_with_settings(satellite: SatelliteSimulator) -> None:
    """Let the satellite have settings, such as mute."""
    satellite.learn()


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt commands soon."""
    module = "custom_components.hearken.satellite.floor"
    monkeypatch.setattr(f"{module}.COMMAND_GRACE_SECONDS", 0.1)


async def press(hass: HomeAssistant, button: str) -> None:
    """Press one of the buttons of the satellite."""
    await hass.services.async_call(
        "button", "press", {"entity_id": f"button.kitchen_{button}"}, blocking=True
    )


async def ask(hass: HomeAssistant) -> dict[str, Any]:
    """Ask a question."""
    return await call(hass, "ask", entity_id=SATELLITE, question="Sure?", chime=False)


@pytest.mark.parametrize("message", [{}, {"message": "Yes?"}])
async def test_listen_while_the_wake_word_is_awaited(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    message: dict[str, str],
) -> None:
    """Test that the end of the interrupted run is not taken for the reply."""
    await running_satellite.ask_for_run(PipelineStage.WAKE)
    await running_satellite.open_microphone()
    await running_server.wait_for("detect")
    action = hass.async_create_task(
        call(hass, "listen", entity_id=SATELLITE, chime=False, **message)
    )
    await answer(running_satellite)
    assert (await action)["text"] == COMMAND


async def test_satellite_reconnects_before_a_question(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Test that a question does not wait for words that nobody listens to."""
    may_resolve = asyncio.Event()
    is_resolving = asyncio.Event()
    resolve = HearkenSatellite._resolve_announcement_media_id  # noqa: SLF001 - no other door

    async def resolve_slowly(*args: Any, **kwargs: Any) -> Any:
        is_resolving.set()
        await may_resolve.wait()
        return await resolve(*args, **kwargs)

    monkeypatch.setattr(
        HearkenSatellite, "_resolve_announcement_media_id", resolve_slowly
    )
    question = core(hass, "ask_question", returns=True, question="Which one?")
    await is_resolving.wait()
    await running_satellite.stop()
    await until(lambda: state_of(hass, SATELLITE) == "unavailable")
    await running_satellite.start()
    await running_satellite.wait_for("run-satellite")
    may_resolve.set()
    with pytest.raises(HomeAssistantError):
        await question
    assert not sounds(running_satellite)


@pytest.mark.usefixtures("_satellite_with_settings")
async def test_mute_during_a_question(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Test that a question fails at once if the satellite is muted meanwhile."""
    running_satellite.says_played = False
    question = core(hass, "ask_question", returns=True, question="Which one?")
    await running_satellite.wait_for("audio-stop")
    await running_satellite.change(SatelliteSettings(muted=True))
    await until(lambda: state_of(hass, "switch.kitchen_mute") == "on")
    await running_satellite.send(Played())
    with pytest.raises(HomeAssistantError, match="muted"):
        await question
    assert state_of(hass, SATELLITE) == "idle"


@pytest.mark.usefixtures("_satellite_with_settings")
async def test_mute_during_a_reply(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Test that muting the satellite ends a question that is being answered."""
    running_server.ends_speech_after_ms = 1_000_000
    action = hass.async_create_task(
        call(hass, "listen", entity_id=SATELLITE, chime=False)
    )
    await answer(running_satellite)
    await running_satellite.change(SatelliteSettings(muted=True))
    assert await action == {"text": None, "timed_out": False}
    assert state_of(hass, SATELLITE) == "idle"


async def test_cancelled_sound_is_not_taken_for_the_next(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Test that the end of a cancelled sound does not end the next one."""
    running_satellite.says_played = False
    first = say(hass, "One")
    await running_satellite.wait_for("audio-stop")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = say(hass, "Two")
    await running_satellite.wait_for("audio-stop")
    await running_satellite.send(Played())
    await asyncio.sleep(0.1)
    assert not second.done()
    await running_satellite.send(Played())
    await second


async def test_listen_now_twice(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Test that an impatient finger opens the microphone once."""
    running_satellite.says_played = False
    first = say(hass, "One")
    await running_satellite.wait_for("audio-stop")
    presses = [hass.async_create_task(press(hass, "listen_now")) for _ in range(2)]
    await asyncio.sleep(0.05)
    running_satellite.says_played = True
    await running_satellite.send(Played())
    await first
    await answer(running_satellite)
    await running_satellite.mute()
    await asyncio.gather(*presses)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await say(hass, "Two")
    opened = [e for e in running_satellite.received if e.data.get("listen_again")]
    assert len(opened) == 1


@pytest.mark.usefixtures("_impatient")
async def test_interrupted_command_speaks_in_order(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Test that an interrupted command says several things in order."""
    states: list[str] = []

    async def tool() -> None:
        await ask(hass)
        tasks = []
        for message in ("One", "Two", "Three"):
            tasks.append(say(hass, message))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        running_satellite.says_played = False

    agent.tool = tool
    await command(running_satellite)
    await answer(running_satellite)
    await running_satellite.mute()
    await until(lambda: sounds(running_satellite) == 5)
    states.append(state_of(hass, SATELLITE))
    await running_satellite.send(Played())
    await until(lambda: state_of(hass, SATELLITE) == "idle")
    assert spoken(running_server) == ["Sure?", "One", "Two", "Three", ANSWER]
    assert states == ["responding"]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("ending", ["stop", "reconnect", "silence"])
async def test_interrupted_command_that_never_ends(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    """Test that others do not wait for an interrupted command for ever."""
    never = asyncio.Event()
    asked = asyncio.Event()

    async def tool() -> None:
        await ask(hass)
        asked.set()
        await never.wait()

    if ending == "silence":
        module = "custom_components.hearken.satellite.runner"
        monkeypatch.setattr(f"{module}.DETACHED_QUIET_SECONDS", 0.1)
    agent.tool = tool
    await command(running_satellite)
    await answer(running_satellite)
    await asked.wait()
    if ending == "stop":
        await press(hass, "stop")
    elif ending == "reconnect":
        await running_satellite.stop()
        await until(lambda: state_of(hass, SATELLITE) == "unavailable")
        await running_satellite.start()
        await running_satellite.wait_for("run-satellite")
    await say(hass, "Later", timeout=5)


async def test_cancelled_before_it_is_heard(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
    recwarn: pytest.WarningsRecorder,
) -> None:
    """Test that a message of a command can be cancelled while another is spoken."""

    async def tool() -> None:
        first = say(hass, "One")
        await running_satellite.wait_for("audio-stop")
        second = say(hass, "Two")
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        running_satellite.says_played = True
        await running_satellite.send(Played())
        await first

    running_satellite.says_played = False
    agent.tool = tool
    await command(running_satellite)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert sounds(running_satellite) == 2
    assert not [w for w in recwarn if "never awaited" in str(w.message)]


async def test_what_a_command_started_is_no_part_of_it_later(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Test that a background task does not belong to a run that is over."""
    may_look = asyncio.Event()
    seen: list[str | None] = []

    async def look() -> None:
        seen.append(current_run().satellite_id)
        await may_look.wait()
        seen.append(current_run().satellite_id)

    async def tool() -> None:
        hass.async_create_background_task(look(), "look")

    agent.tool = tool
    await command(running_satellite)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    may_look.set()
    await until(lambda: len(seen) == 2)
    assert seen == [SATELLITE, None]


async def test_stop_while_a_command_says_something(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Test that stop ends both the message and its command."""
    agent.may_answer.clear()
    agent.tool = lambda: say(hass, "One")
    running_satellite.says_played = False
    await command(running_satellite)
    await running_satellite.wait_for("audio-stop")
    assert state_of(hass, SATELLITE) == "processing"
    await press(hass, "stop")
    await running_satellite.wait_turn(TurnPhase.IDLE)
    await until(lambda: state_of(hass, SATELLITE) == "idle")
    running_satellite.says_played = True
    await say(hass, "Two")
    assert spoken(running_server) == ["One", "Two"]


async def test_timer_rings_without_a_voice(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Test that a timer rings even if its name cannot be spoken."""
    await running_server.stop()
    end_timer(hass, "Pizza")
    await until(lambda: sounds(running_satellite) == 1)
    assert running_satellite.heard


async def test_run_that_cannot_begin(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Test that a run that fails unexpectedly frees the satellite."""
    select = "select.kitchen_finished_speaking_detection"
    state = state_of(hass, select)
    hass.states.async_set(select, "unavailable")
    await running_satellite.ask_for_run(PipelineStage.ASR)
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error == "pipeline-error"
    hass.states.async_set(select, state)
    await say(hass, "One", timeout=5)


async def test_answer_that_breaks(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Test that an answer that fails unexpectedly frees the satellite."""

    async def fail(_player: Player, _token: str) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(Player, "play_speech", fail)
        await command(running_satellite)
        turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error == "tts-failed"
    assert state_of(hass, SATELLITE) == "idle"
    await say(hass, "One", timeout=5)

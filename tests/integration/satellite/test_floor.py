"""Test that concurrent users of a satellite wait for each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError
from wyoming.pipeline import PipelineStage
from wyoming.snd import Played

from custom_components.hearken.const import CONF_FLOOR_WAIT
from hearken_speech.protocol import TurnPhase
from tests.integration.conftest import state_of
from tests.integration.satellite.users import (
    command,
    core,
    end_timer,
    say,
    sounds,
    spoken,
)
from tests.integration.talking import SATELLITE, answer, automate, call
from tests.integration.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.integration.agent import SlowAgent
    from tests.simulators.satellite import SatelliteSimulator
    from tests.simulators.speech_server import SpeechServer


COMMAND = "make it cosy"
ANSWER = f"Answer to {COMMAND}"


@pytest.fixture(autouse=True)
def _quick_server(server: SpeechServer) -> None:
    """Make the server detect the end of speech quickly."""
    server.ends_speech_after_ms = 200
    server.text = COMMAND


async def test_everything_waits_for_a_command_that_takes_long(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """Messages, announcements and timers wait for the answer of a slow agent."""
    agent.may_answer.clear()
    await command(running_satellite)
    await agent.heard.wait()
    actions: list[asyncio.Task[Any]] = [
        say(hass, "Said"),
        core(hass, "announce", message="Announced"),
    ]
    await asyncio.sleep(2.5)  # Longer than an earlier, insufficient time limit.
    end_timer(hass, "Pizza")
    end_timer(hass, "Tea")
    assert not sounds(running_satellite)
    assert state_of(hass, SATELLITE) == "processing"
    agent.may_answer.set()
    await asyncio.gather(*actions)
    await until(lambda: sounds(running_satellite) == 5)
    first, *others = spoken(running_server)
    assert first == ANSWER
    assert set(others[:2]) == {"Said", "Announced"}
    assert others[2:] == ["Pizza", "Tea"]


async def test_listening_is_not_interrupted(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """An announcement waits for the command and its answer."""
    running_server.ends_speech_after_ms = 1_000_000
    await running_satellite.ask_for_run(PipelineStage.ASR)
    await running_satellite.open_microphone()
    await running_satellite.wait_turn(TurnPhase.LISTENING)
    action = core(hass, "announce", message="Announced")
    await running_server.wait_for("audio-chunk")
    await running_satellite.mute()
    await action
    assert spoken(running_server) == [ANSWER, "Announced"]


@pytest.mark.parametrize("first", ["say", "announce"])
async def test_two_at_the_same_moment_are_both_heard(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    first: str,
) -> None:
    """Concurrent messages are played one after the other, whoever sent them."""

    def begin(message: str, action: str) -> asyncio.Task[Any]:
        if action == "say":
            return say(hass, message)
        return core(hass, action, message=message)

    running_satellite.says_played = False
    actions = [begin("One", first)]
    await running_satellite.wait_for("audio-stop")
    actions += [begin("Two", "announce"), begin("Three", "say")]
    for _ in range(2):
        await running_satellite.send(Played())
        await running_satellite.wait_for("audio-stop")
    await running_satellite.send(Played())
    await asyncio.gather(*actions)
    assert spoken(running_server) == ["One", "Two", "Three"]


async def test_questions_wait_for_an_announcement(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Home Assistant's question, ours, and the button are served in turn."""
    running_satellite.says_played = False
    announcement = core(hass, "announce", message="Announced")
    await running_satellite.wait_for("audio-stop")
    running_satellite.says_played = True
    question = core(hass, "ask_question", returns=True, question="Which one?")
    ours = hass.async_create_task(
        call(hass, "listen", entity_id=SATELLITE, chime=False)
    )
    await asyncio.sleep(0)
    button = hass.async_create_task(
        hass.services.async_call(
            "button",
            "press",
            {"entity_id": "button.kitchen_listen_now"},
            blocking=True,
        )
    )
    await running_satellite.send(Played())
    await announcement
    await answer(running_satellite)
    assert (await question)["sentence"] == COMMAND
    await answer(running_satellite)
    assert (await ours)["text"] == COMMAND
    await answer(running_satellite)
    await button
    assert spoken(running_server)[:2] == ["Announced", "Which one?"]


async def test_conversation_is_started_after_what_is_said(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """A conversation waits its turn, and others wait until it has ended."""
    running_satellite.says_played = False
    first = say(hass, "Said")
    await running_satellite.wait_for("audio-stop")
    running_satellite.says_played = True
    start = core(hass, "start_conversation", start_message="Too warm?")
    last = say(hass, "Later")
    await running_satellite.send(Played())
    await first
    await answer(running_satellite)
    await start
    await last
    assert spoken(running_server) == ["Said", "Too warm?", ANSWER, "Later"]


async def test_command_says_something_before_its_answer(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
) -> None:
    """A message from within a command plays at once; the answer follows."""
    agent.tool = lambda: asyncio.gather(
        call(hass, "say", entity_id=SATELLITE, message="Working", chime=False),
        core(hass, "announce", message="Still working"),
    )
    await command(running_satellite)
    turn = await running_satellite.wait_turn(TurnPhase.IDLE)
    assert turn.error is None
    assert spoken(running_server)[-1] == ANSWER
    assert set(spoken(running_server)) == {"Working", "Still working", ANSWER}
    assert sounds(running_satellite) == 3


async def test_sentence_says_something_and_is_answered(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """An automation can speak on the satellite that triggered it."""
    await automate(
        hass,
        {"trigger": "conversation", "command": COMMAND},
        actions=[
            {
                "action": "hearken.say",
                "data": {"entity_id": SATELLITE, "message": "It opens"},
            },
            {"set_conversation_response": "It is open"},
        ],
    )
    await command(running_satellite)
    await running_satellite.wait_turn(TurnPhase.IDLE)
    assert spoken(running_server) == ["It opens", "It is open"]


async def test_command_asks_before_its_answer(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    agent: SlowAgent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command can ask a question before it is answered."""
    monkeypatch.setattr(
        "custom_components.hearken.satellite.floor.COMMAND_GRACE_SECONDS", 0.1
    )
    replies: list[Any] = []

    async def ask() -> None:
        for question in ("Sure?", "Really?"):
            data = {"entity_id": SATELLITE, "question": question, "chime": False}
            replies.append(await call(hass, "ask", **data))
        await call(hass, "say", entity_id=SATELLITE, message="Fine", chime=False)

    agent.tool = ask
    await command(running_satellite)
    waiting = say(hass, "Later")
    running_server.text = "yes of course"
    await answer(running_satellite)
    await answer(running_satellite)
    await waiting
    assert [reply["sentence"] for reply in replies] == ["yes of course"] * 2
    assert spoken(running_server) == ["Sure?", "Really?", "Fine", ANSWER, "Later"]
    assert sounds(running_satellite) == 5


async def test_timers_of_a_satellite_that_is_away(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Timers that finished while the satellite was away ring when it returns."""
    await running_satellite.stop()
    await until(lambda: state_of(hass, SATELLITE) == "unavailable")
    end_timer(hass, "Pizza")
    end_timer(hass, "Tea")
    await running_satellite.start()
    await until(lambda: sounds(running_satellite) == 2)
    assert spoken(running_server) == ["Pizza", "Tea"]


async def test_timer_that_is_interrupted_rings_again(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A timer interrupted by a disconnect rings when the satellite returns."""
    running_satellite.says_played = False
    end_timer(hass, "Pizza")
    await running_satellite.wait_for("audio-stop")
    await running_satellite.stop()
    running_satellite.says_played = True
    await until(lambda: state_of(hass, SATELLITE) == "unavailable")
    await running_satellite.start()
    await running_satellite.wait_for("audio-stop")


async def test_timer_that_is_too_old_stays_silent(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A timer that could not ring for too long is only logged."""
    monkeypatch.setattr(
        "custom_components.hearken.schedule.ringing.TIMER_AGE_SECONDS", 0.05
    )
    await running_satellite.stop()
    await until(lambda: state_of(hass, SATELLITE) == "unavailable")
    end_timer(hass, "Pizza")
    await until(lambda: "it did not ring" in caplog.text)


async def test_stop_ends_only_what_is_heard_now(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Stopping the current sound does not affect queued ones."""
    running_satellite.says_played = False
    actions = [say(hass, "One"), core(hass, "announce", message="Two")]
    await running_satellite.wait_for("audio-stop")
    running_satellite.says_played = True
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.kitchen_stop"}, blocking=True
    )
    await asyncio.gather(*actions)
    assert sounds(running_satellite) == 2


@pytest.mark.parametrize("is_option", [False, True])
async def test_waiting_has_a_limit(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
    satellite_entry: MockConfigEntry,
    is_option: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The limit is set by the action or the satellite, and the error names it."""
    if is_option:
        hass.config_entries.async_update_entry(satellite_entry, options={"kept": True})
        options = hass.config_entries.options
        form = await options.async_init(satellite_entry.entry_id)
        await options.async_configure(form["flow_id"], {CONF_FLOOR_WAIT: 1})
        await running_satellite.wait_for("run-satellite")
        assert satellite_entry.options["kept"] is True
        assert satellite_entry.options[CONF_FLOOR_WAIT] == 1
    running_satellite.says_played = False
    first = say(hass, "One")
    await running_satellite.wait_for("audio-stop")
    with pytest.raises(HomeAssistantError, match=r"busy for 1 s"):
        await say(hass, "Two", **({} if is_option else {"timeout": 1}))
    await running_satellite.send(Played())
    await first
    running_satellite.says_played = True
    await say(hass, "Three")
    assert spoken(running_server) == ["One", "Three"]


async def test_not_everybody_can_wait(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """A full queue refuses further callers with an error."""
    running_satellite.says_played = False
    first = say(hass, "One")
    await running_satellite.wait_for("audio-stop")
    others = [say(hass, str(number)) for number in range(16)]
    await asyncio.sleep(0)
    with pytest.raises(HomeAssistantError, match=r"16 .* waiting"):
        await say(hass, "Too many")
    for task in (first, *others):
        task.cancel()
    await asyncio.gather(first, *others, return_exceptions=True)


async def test_satellite_that_goes_lets_nobody_wait(
    hass: HomeAssistant,
    running_server: SpeechServer,
    running_satellite: SatelliteSimulator,
) -> None:
    """Waiting callers fail when the satellite disconnects."""
    running_satellite.says_played = False
    actions = [say(hass, "One"), say(hass, "Two")]
    await running_satellite.wait_for("audio-stop")
    await running_satellite.stop()
    results = await asyncio.gather(*actions, return_exceptions=True)
    assert all(isinstance(result, HomeAssistantError) for result in results)

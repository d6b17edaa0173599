"""Test a turn whose wake word another satellite may have heard as well."""

import pytest

from custom_components.hearken.protocol import Turn, TurnPhase
from custom_components.hearken.satellite.actions import (
    CancelTimer,
    EndAudio,
    Send,
    StartRun,
    StopRun,
)
from custom_components.hearken.satellite.events import (
    AudioBegan,
    Connected,
    ListeningBegan,
    RunBegan,
    RunRequested,
    RunStage,
    WakeWordContested,
    WakeWordHeard,
    WakeWordLost,
    WakeWordWon,
)
from custom_components.hearken.satellite.states import TurnState
from tests.integration.satellite.story import Story, phase

HEARD = WakeWordHeard("hey jarvis")
FIRST, SECOND = WakeWordContested(is_rival=False), WakeWordContested(is_rival=True)
ELSEWHERE = Send(Turn(phase=TurnPhase.IDLE, heard_elsewhere=True))


@pytest.fixture(autouse=True)
def _house() -> None:
    """Do not set up Home Assistant."""


def test_nothing_is_shown_before_the_decision() -> None:
    """The run begins at once; the satellite learns of it when it has won."""
    story = Story()
    story.after(Connected(), HEARD, FIRST)
    story.after(RunRequested(RunStage.COMMAND), RunBegan())
    assert story.after(ListeningBegan()) == []
    assert story.after(WakeWordWon()) == [phase(TurnPhase.LISTENING)]
    assert story.after(WakeWordWon()) == []


def test_a_decision_before_the_run_listens_shows_nothing_twice() -> None:
    """Whatever comes last opens the exchange."""
    story = Story()
    story.after(Connected(), HEARD, SECOND)
    run = story.after(RunRequested(RunStage.COMMAND))[-1]
    assert run == StartRun(RunStage.COMMAND, "hey jarvis", is_rival=True)
    assert story.after(WakeWordWon()) == []
    story.after(RunBegan())
    assert story.after(ListeningBegan()) == [phase(TurnPhase.LISTENING)]


def test_nobody_has_won_before() -> None:
    """A button right after the connection starts a run as a wake word does."""
    story = Story()
    run = story.after(Connected(), RunRequested(RunStage.COMMAND))
    assert run == [CancelTimer(), StartRun(RunStage.COMMAND)]


def test_new_connection_has_heard_nothing() -> None:
    """What was heard before the connection was lost starts no run of the next one."""
    story = Story()
    story.after(Connected(), HEARD, SECOND, WakeWordLost(), Connected())
    run = story.after(RunRequested(RunStage.COMMAND))
    assert run == [CancelTimer(), StartRun(RunStage.COMMAND)]


def test_who_loses_is_silent() -> None:
    """Before the run, during it, and where Home Assistant detects the wake word."""
    story = Story()
    story.after(Connected(), HEARD, SECOND)
    assert story.after(WakeWordLost()) == []
    assert story.after(RunRequested(RunStage.COMMAND)) == [CancelTimer(), ELSEWHERE]
    story.after(HEARD, FIRST)
    story.after(RunRequested(RunStage.COMMAND), RunBegan(), ListeningBegan())
    assert story.after(WakeWordLost()) == [
        EndAudio(),
        StopRun(),
        CancelTimer(),
        ELSEWHERE,
    ]
    assert story.state is TurnState.READY

    story = Story()
    story.after(*story.ASLEEP, AudioBegan(), FIRST)
    actions = story.after(WakeWordLost())
    assert actions[:2] == [EndAudio(), StopRun()]
    assert actions[-1] == StartRun(RunStage.WAKE)

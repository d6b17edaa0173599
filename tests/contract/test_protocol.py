"""Test Hearken's own events in both directions, and invalid data from peers."""

from typing import Any

import pytest
from wyoming.event import Event, Eventable

from custom_components.hearken.protocol import (
    CONTEXT_KEY,
    MAX_ALTERNATIVES,
    Alternative,
    DetectionDetails,
    EmptyReason,
    Hello,
    Media,
    MediaChanged,
    MediaCommand,
    MediaState,
    PeerKind,
    Proof,
    SatelliteSettings,
    Stop,
    Timer,
    TimerChanged,
    Timers,
    TimerStage,
    TranscriptDetails,
    Turn,
    TurnPhase,
    VocabularyMissing,
    Welcome,
)

WELCOME = {"kind": "server", "id": "1", "name": "n", "version": "1", "protocol": 1}


@pytest.mark.parametrize(
    "message",
    [
        Hello(version="1.2"),
        Hello(version="1.2", instance="0a1b", takes_over=True),
        Welcome(
            kind=PeerKind.SATELLITE, id="1", name="n", version="", taken_by="10.0.0.9"
        ),
        Welcome(kind=PeerKind.SERVER, id="1", name="Küche", version="1", http_port=5),
        Welcome(kind=PeerKind.SATELLITE, id="1", name="n", version=""),
        Welcome(kind=PeerKind.SERVER, id="1", name="n", version="", run="a"),
        Welcome(
            kind=PeerKind.SATELLITE,
            id="1",
            name="n",
            version="1",
            abilities=frozenset({"mute", "camera"}),
            settings=SatelliteSettings(muted=False, volume=0.5),
        ),
        SatelliteSettings(),
        SatelliteSettings(
            muted=True,
            volume=1.0,
            gain_db=-20.0,
            wake_words=("a", "b"),
            thresholds={"a": 0.5},
            wake_sound=False,
        ),
        Stop(),
        Proof(nonce="1", code="2"),
        VocabularyMissing(key="house"),
        Turn(phase=TurnPhase.LISTENING),
        Turn(phase=TurnPhase.IDLE, error="x", listen_again=True),
        Turn(phase=TurnPhase.IDLE, heard_elsewhere=True),
        Timers(),
        Timers(timers=(Timer(id="a", seconds_left=0.5, name="Tee"),)),
        TimerChanged(id="a", stage=TimerStage.RINGING),
        Media(command=MediaCommand.PAUSE),
        MediaChanged(state=MediaState.PLAYING),
    ],
    ids=lambda message: type(message).__name__,
)
def test_events_there_and_back(message: Eventable) -> None:
    """Events survive the wire unchanged."""
    event = message.event()
    assert message.is_type(event.type)
    assert not message.is_type("ping")
    assert message.from_event(event) == message


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Hello, {}),
        (Hello, {"protocol": True}),
        (Hello, {"protocol": 1.0}),
        (Hello, {"protocol": 1, "version": None}),
        (Welcome, {}),
        (Welcome, {**WELCOME, "kind": "toaster"}),
        (Welcome, {**WELCOME, "kind": ["server"]}),
        (Welcome, {**WELCOME, "id": ""}),
        (Welcome, {**WELCOME, "id": 5}),
        (Welcome, {**WELCOME, "name": None}),
        (Welcome, {**WELCOME, "name": "x" * 1_001}),
        (Welcome, {**WELCOME, "protocol": "1"}),
        (Welcome, {**WELCOME, "http_port": None}),
        (Welcome, {**WELCOME, "run": 5}),
        (Welcome, {**WELCOME, "http_port": "80"}),
        (Welcome, {**WELCOME, "abilities": "mute"}),
        (Welcome, {**WELCOME, "settings": []}),
        (Welcome, {**WELCOME, "settings": {"muted": 1}}),
        (SatelliteSettings, {"volume": -0.1}),
        (SatelliteSettings, {"gain_db": "loud"}),
        (SatelliteSettings, {"wake_words": [f"{n}" for n in range(101)]}),
        (SatelliteSettings, {"thresholds": {"a": 1.1}}),
        (SatelliteSettings, {"thresholds": ["a"]}),
        (SatelliteSettings, {"thresholds": {"a": True}}),
        (Proof, {}),
        (Proof, {"nonce": "1"}),
        (Proof, {"nonce": "1", "code": "2" * 1_001}),
        (VocabularyMissing, {"key": 5}),
        (Turn, {}),
        (Turn, {"phase": "asleep"}),
        (Turn, {"phase": None}),
        (Turn, {"phase": "idle", "error": 5}),
        (Timers, {}),
        (Timers, {"timers": [{"id": "a", "seconds_left": 1}] * 65}),
        (Timers, {"timers": ["a"]}),
        (Timers, {"timers": [{"id": "", "seconds_left": 1}]}),
        (Timers, {"timers": [{"id": "a", "seconds_left": -1}]}),
        (Timers, {"timers": [{"id": "a", "seconds_left": 1e9}]}),
        (Timers, {"timers": [{"id": "a", "seconds_left": 1, "name": 5}]}),
        (TimerChanged, {"id": "a", "stage": "burning"}),
        (Media, {"command": "rewind"}),
        (MediaChanged, {"state": None}),
        (SatelliteSettings, {"wake_sound": "yes"}),
    ],
    ids=lambda value: str(value)[:48],
)
def test_wrong_fields_raise_value_error(
    kind: type[Eventable], data: dict[str, Any]
) -> None:
    """All invalid fields raise the same kind of error."""
    event = Event(kind.__name__, data)
    with pytest.raises(ValueError, match=r"is not a"):
        kind.from_event(event)


def test_proof_is_of_one_token() -> None:
    """Only the token that a proof was made with is proved, and it is not sent."""
    proof = Proof.of("sesame")
    assert proof.proves("sesame")
    assert not proof.proves("simsim")
    assert not Proof.of("").proves("")
    assert not Proof(nonce="other", code=proof.code).proves("sesame")
    assert "sesame" not in str(proof.event())


def test_settings_are_changed_one_by_one() -> None:
    """Settings that are not named stay unchanged, including other words' thresholds."""
    before = SatelliteSettings(volume=0.5, thresholds={"a": 0.5, "b": 0.5})
    after = before.changed_by(SatelliteSettings(muted=True, thresholds={"b": 0.7}))
    assert after == SatelliteSettings(
        muted=True, volume=0.5, thresholds={"a": 0.5, "b": 0.7}
    )
    assert before.changed_by(SatelliteSettings()) == before


def test_fields_of_tomorrow_are_passed_over() -> None:
    """Unknown fields from newer peers are ignored."""
    event = Event("hearken-welcome", {**WELCOME, "colour": "green"})
    assert Welcome.from_event(event).name == "n"
    event = Event("hearken-turn", {"phase": "idle", "listen_again": "perhaps"})
    assert Turn.from_event(event) == Turn(phase=TurnPhase.IDLE)


def test_details_ride_beside_what_is_there() -> None:
    """Details are added to an existing context."""
    details = DetectionDetails(score=0.9, threshold=0.5)
    context = details.context({"theirs": 1})
    assert context["theirs"] == 1
    assert DetectionDetails.from_context(context) == details


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        [],
        [1],
        "text",
        5,
        {"hearken": None},
        {"hearken": [0.5, 0.5]},
        {"hearken": {}},
        {"hearken": {"score": "0.9", "threshold": 0.5}},
        {"hearken": {"score": 0.9, "threshold": None}},
    ],
    ids=str,
)
def test_details_that_make_no_sense_are_none(context: Any) -> None:
    """A detection without usable details is still a detection."""
    assert DetectionDetails.from_context(context) is None


def test_details_of_a_transcript() -> None:
    """Only known details are sent."""
    details = TranscriptDetails(audio_seconds=1.0, decode_seconds=0.5, model="m")
    assert details.context()["hearken"] == {
        "audio_seconds": 1.0,
        "decode_seconds": 0.5,
        "model": "m",
    }
    empty = TranscriptDetails(
        audio_seconds=1.0,
        decode_seconds=0.5,
        empty_reason=EmptyReason.NO_SPEECH,
        no_speech_probability=0.9,
        extra={"new": 1},
    )
    sent = empty.context()["hearken"]
    assert (sent["empty_reason"], sent["no_speech_probability"]) == ("no-speech", 0.9)
    assert sent["new"] == 1


def test_transcript_details_there_and_back() -> None:
    """All details of a transcript survive the wire."""
    details = TranscriptDetails(
        audio_seconds=1.5,
        decode_seconds=0.25,
        model="m",
        empty_reason=EmptyReason.PHANTOM,
        no_speech_probability=0.5,
        confidence=0.75,
        alternatives=(Alternative(text="a", confidence=0.5),),
        rejected="d",
        speculative=False,
        wait_seconds=0.125,
        offers_names=True,
        offers_look=True,
    )
    assert TranscriptDetails.from_context(details.context({"x": 1})) == details


@pytest.mark.parametrize(
    "context", [None, {}, {"hearken": None}, {"hearken": []}, {"other": {}}]
)
def test_no_transcript_details(context: dict[str, Any] | None) -> None:
    """A transcript without details is accepted."""
    assert TranscriptDetails.from_context(context) is None


@pytest.mark.parametrize(
    "value",
    [None, 5, -1, "x", "x" * 1001, [], {}, [[]], {"a": 1}, True, 1e999, 10**400, "ä"],
)
def test_nonsense_in_transcript_details(value: Any) -> None:
    """Invalid fields are left out; the others are read."""
    fields = ["audio_seconds", "empty_reason", "no_speech_probability", "confidence"]
    fields += ["alternatives", "rejected", "speculative", "wait_seconds"]
    fields += ["offers_names", "offers_look"] if value is not True else []
    for name in fields:
        details = TranscriptDetails.from_context(
            {CONTEXT_KEY: {"model": "m", name: value}}
        )
        assert details is not None
        assert details.model == "m"
        assert details.confidence is None or 0 <= details.confidence <= 1
        assert not details.alternatives
        assert not details.offers_names
        assert not details.offers_look
        assert details.empty_reason is None


def test_alternatives_are_bounded() -> None:
    """Surplus alternatives are cut, invalid ones left out."""
    good = {"text": "a", "confidence": 0.5}
    wrong = [{"text": "", "confidence": 1}, {"text": "a"}, {"confidence": 1}, "a"]
    wrong += [{"text": "a", "confidence": 2}, {"text": 5, "confidence": 1}]
    for several, count in ((wrong, 0), ([*wrong, good], 1), ([good] * 50, 20)):
        details = TranscriptDetails.from_context(
            {CONTEXT_KEY: {"alternatives": several}}
        )
        assert details is not None
        assert len(details.alternatives) == count <= MAX_ALTERNATIVES

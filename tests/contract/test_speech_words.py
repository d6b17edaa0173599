"""Test that the speech-to-text messages survive the wire and reject invalid data.

Both copies of the module are identical, so testing one of them is enough.
"""

from typing import Any

import pytest
from wyoming.event import Event

from custom_components.hearken.protocol import (
    CONTEXT_KEY,
    MAX_PARTIAL_ALTERNATIVES,
    MAX_PROPOSALS,
    MAX_SENTENCES,
    MAX_VOCABULARY,
    Alternative,
    EmptyReason,
    EndReason,
    LookAgain,
    NameProposal,
    NameProposals,
    Partial,
    ProposeNames,
    Repair,
    SecondLook,
    TranscribeOptions,
    TranscriptDetails,
    UtteranceEnded,
    UtteranceHint,
    UtteranceState,
    Vocabulary,
    read_texts,
)


@pytest.mark.parametrize(
    "word",
    [
        Vocabulary(key="house", names=("Lumi", "书房台灯"), terms=("dim",)),
        Partial(text="turn on", revision=3),
        Partial(
            text="turn of",
            revision=3,
            confidence=0.75,
            alternatives=(
                Alternative(text="turn off", confidence=0.5),
                Alternative(text="书房台灯", confidence=0.25),
            ),
        ),
        ProposeNames(),
        ProposeNames(sentences=("turn on the lamp", "what time is it")),
        LookAgain(),
        SecondLook(),
        SecondLook(text="turn on the 书房台灯"),
        NameProposals(),
        NameProposals(sentences=(NameProposal(text="turn on", margin=-2.5),)),
        NameProposals(
            proposals=(
                NameProposal(
                    text="turn on Lumi",
                    margin=-3.25,
                    repairs=(Repair(heard="loomy", name="Lumi"),),
                ),
                NameProposal(text="turn on Romi", margin=1.0),
            )
        ),
        UtteranceHint(state=UtteranceState.DANGLING, revision=3),
        UtteranceEnded(reason=EndReason.NOTHING_HEARD, at_sample=80_000),
        UtteranceEnded(
            reason=EndReason.COMPLETE,
            at_sample=40_960,
            speech_start_sample=0,
            speech_end_sample=35_328,
        ),
    ],
)
def test_words_survive_the_wire(word: Any) -> None:
    """Messages survive the wire unchanged."""
    event: Event = word.event()
    assert type(word).is_type(event.type)
    assert type(word).from_event(event) == word


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Vocabulary, {}),
        (Vocabulary, {"key": "x", "names": "Lumi"}),
        (Vocabulary, {"key": "x", "names": [1]}),
        (Vocabulary, {"key": "x", "terms": ["x" * 2_000]}),
        (Vocabulary, {"key": "x", "names": ["x"] * (MAX_VOCABULARY + 1)}),
        (Partial, {"text": "x"}),
        (Partial, {"text": 3, "revision": 1}),
        (UtteranceHint, {"state": "finished", "revision": 1}),
        (UtteranceHint, {"state": "complete"}),
        (UtteranceHint, {"state": "complete", "revision": True}),
        (UtteranceEnded, {"reason": "boredom", "at_sample": 1}),
        (UtteranceEnded, {"reason": "silence", "at_sample": "1"}),
    ],
)
def test_nonsense_is_refused(kind: Any, data: dict[str, Any]) -> None:
    """Invalid fields raise ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        kind.from_event(Event(type="any", data=data))


@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, "x", {}, {"text": "x"}, [5], [[]], [None], [{}], [{"text": "a"}]),
        [{"text": 5, "confidence": 1, "margin": 1}],
        [{"text": "", "confidence": 1, "margin": 1}],
        [{"text": "x" * 2_000, "confidence": 1, "margin": 1}],
        [{"text": "\ud83d", "confidence": 1, "margin": 1}],
        [{"text": "a", "confidence": "1", "margin": "1"}],
        [{"text": "a", "confidence": True, "margin": True}],
        [{"text": "a", "confidence": 1e999, "margin": 1e999}],
    ],
    ids=str,
)
def test_nonsense_among_texts_is_left_out(value: Any) -> None:
    """A partial text is used without invalid alternatives; so are proposals."""
    data = {"text": "turn on", "revision": 1}
    event = Event(type="any", data={**data, "alternatives": value, "confidence": value})
    assert Partial.from_event(event) == Partial(text="turn on", revision=1)
    event = Event(type="any", data={"proposals": value})
    assert NameProposals.from_event(event) == NameProposals()


def test_texts_are_bounded() -> None:
    """Surplus alternatives and proposals are cut, by both ends."""
    alternatives = tuple(
        Alternative(text=f"text {number}", confidence=0.5) for number in range(9)
    )
    partial = Partial(text="text", revision=1, alternatives=alternatives)
    assert len(partial.event().data["alternatives"]) == MAX_PARTIAL_ALTERNATIVES
    many = [one.as_dict() for one in alternatives]
    data = {"text": "text", "revision": 1, "alternatives": many}
    received = Partial.from_event(Event(type="any", data=data))
    assert received.alternatives == alternatives[:MAX_PARTIAL_ALTERNATIVES]

    proposals = tuple(
        NameProposal(text=f"text {number}", margin=-1.0) for number in range(9)
    )
    event = NameProposals(proposals=proposals).event()
    assert len(event.data["proposals"]) == MAX_PROPOSALS
    many = [one.as_dict() for one in proposals]
    read = NameProposals.from_event(Event(type="any", data={"proposals": many}))
    assert read.proposals == proposals[:MAX_PROPOSALS]


def test_sentences_are_bounded() -> None:
    """Surplus and invalid sentences are left out, by both ends."""
    many = tuple(f"sentence {number}" for number in range(99))
    asked = ProposeNames(sentences=many)
    assert len(asked.event().data["sentences"]) == MAX_SENTENCES
    data = {"sentences": ["", 5, None, "x" * 2_000, "a", *many]}
    read = ProposeNames.from_event(Event(type="any", data=data))
    assert read.sentences == ("a", *many[: MAX_SENTENCES - 5])
    assert ProposeNames.from_event(Event(type="any")) == ProposeNames()


def test_odd_repairs_do_not_cost_the_proposal() -> None:
    """A proposal is read without its invalid repairs."""
    repairs = [{"heard": "loomy", "name": "Lumi"}, {"heard": "x"}, 5, {"name": "y"}]
    sent = {"text": "turn on Lumi", "margin": -2, "repairs": repairs, "new": 1}
    event = Event(type="any", data={"proposals": [sent]})
    (proposal,) = NameProposals.from_event(event).proposals
    assert proposal.repairs == (Repair(heard="loomy", name="Lumi"),)
    assert proposal.margin == -2.0


def test_options_ride_in_the_context() -> None:
    """Options are added to the context without changing other keys."""
    options = TranscribeOptions(
        endpointing=True, partials=True, pauses_only=True, vocabulary="house"
    )
    context = options.context({"other": 1})
    assert context["other"] == 1
    assert TranscribeOptions.from_context(context) == options
    # Without names, there is no vocabulary to refer to.
    bare = TranscribeOptions(endpointing=True)
    assert "vocabulary" not in bare.context()[CONTEXT_KEY]
    assert "pauses_only" not in bare.context()[CONTEXT_KEY]
    assert TranscribeOptions.from_context(bare.context()) == bare


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {CONTEXT_KEY: 3},
        {CONTEXT_KEY: {"endpointing": "yes", "vocabulary": 1}},
    ],
)
def test_senseless_options_ask_for_nothing(context: dict[str, Any] | None) -> None:
    """Stock clients and invalid options get the stock behaviour."""
    assert TranscribeOptions.from_context(context) == TranscribeOptions()


def test_details_leave_out_what_is_unknown() -> None:
    """Only known details are sent."""
    bare = TranscriptDetails(audio_seconds=1.0, decode_seconds=0.1)
    assert set(bare.context()[CONTEXT_KEY]) == {
        "audio_seconds",
        "decode_seconds",
        "model",
    }
    full = TranscriptDetails(
        audio_seconds=1.0,
        decode_seconds=0.1,
        empty_reason=EmptyReason.PHANTOM,
        rejected="lead",
        alternatives=(Alternative(text="x", confidence=0.5),),
        speculative=False,
    ).context()[CONTEXT_KEY]
    assert full["empty_reason"] == "phantom"
    assert full["alternatives"] == [{"text": "x", "confidence": 0.5}]
    assert full["speculative"] is False


def test_texts_are_read_where_there_are_some() -> None:
    """A missing list of texts is empty."""
    assert read_texts({}, "transcript_names") == ()
    assert read_texts({"transcript_names": ["a"]}, "transcript_names") == ("a",)


def test_half_a_character_is_no_text() -> None:
    """JSON may contain lone surrogates, which could not be written to a file."""
    with pytest.raises(ValueError, match="transcript_names"):
        read_texts({"transcript_names": ["\ud83d"]}, "transcript_names")

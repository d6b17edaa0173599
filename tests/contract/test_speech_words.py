"""Test that the speech-to-text messages survive the wire and reject invalid data.

Both copies of the module are identical, so testing one of them is enough.
"""

from typing import Any

import pytest
from wyoming.event import Event

from custom_components.hearken.protocol import (
    CONTEXT_KEY,
    MAX_VOCABULARY,
    Alternative,
    EmptyReason,
    EndReason,
    Partial,
    Repair,
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


def test_options_ride_in_the_context() -> None:
    """Options are added to the context without changing other keys."""
    options = TranscribeOptions(endpointing=True, partials=True, vocabulary="house")
    context = options.context({"other": 1})
    assert context["other"] == 1
    assert TranscribeOptions.from_context(context) == options
    # Without names, there is no vocabulary to refer to.
    bare = TranscribeOptions(endpointing=True)
    assert "vocabulary" not in bare.context()[CONTEXT_KEY]
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
        repairs=(Repair(heard="loomy", name="Lumi"),),
        speculative=False,
    ).context()[CONTEXT_KEY]
    assert full["empty_reason"] == "phantom"
    assert full["alternatives"] == [{"text": "x", "confidence": 0.5}]
    assert full["repairs"] == [{"heard": "loomy", "name": "Lumi"}]
    assert full["speculative"] is False


def test_texts_are_read_where_there_are_some() -> None:
    """A missing list of texts is empty."""
    assert read_texts({}, "transcript_names") == ()
    assert read_texts({"transcript_names": ["a"]}, "transcript_names") == ("a",)


def test_half_a_character_is_no_text() -> None:
    """JSON may contain lone surrogates, which could not be written to a file."""
    with pytest.raises(ValueError, match="transcript_names"):
        read_texts({"transcript_names": ["\ud83d"]}, "transcript_names")

"""Test the wake word messages between satellites, server and Home Assistant."""

from types import ModuleType
from typing import Any

import pytest

from custom_components.hearken import protocol as of_integration
from hearken_speech import protocol as of_app

BOTH = pytest.mark.parametrize("protocol", [of_app, of_integration])
FULL = {
    "score": 0.9,
    "threshold": 0.5,
    "peak": 0.95,
    "frames_over": 2,
    "level_dbfs": -20.5,
    "begin_samples": 100,
    "end_samples": 9000,
    "position_samples": 10240,
}


@BOTH
def test_detection_survives_the_wire(protocol: ModuleType) -> None:
    """All fields survive the wire inside a foreign context."""
    details = protocol.DetectionDetails(**FULL)
    context = details.context({"other": 1})
    assert context == {"other": 1, "hearken": FULL}
    assert protocol.DetectionDetails.from_context(context) == details


@BOTH
def test_old_peer_is_understood(protocol: ModuleType) -> None:
    """Score and threshold alone suffice; invalid fields beside them are left out."""
    short = protocol.DetectionDetails(score=0.9, threshold=0.5)
    assert short.context() == {"hearken": {"score": 0.9, "threshold": 0.5}}
    odd = {**FULL, "peak": "high", "frames_over": 1.5, "level_dbfs": float("nan")}
    details = protocol.DetectionDetails.from_context({"hearken": odd})
    assert details is not None
    assert (details.peak, details.frames_over, details.level_dbfs) == (None,) * 3
    assert details.end_samples == 9000


@BOTH
@pytest.mark.parametrize(
    "context",
    [None, {}, {"hearken": None}, {"hearken": [1]}, {"hearken": {"score": True}}],
)
def test_foreign_contexts_hold_no_details(protocol: ModuleType, context: Any) -> None:
    """A detection from another Wyoming server has no details."""
    assert protocol.DetectionDetails.from_context(context) is None


@BOTH
def test_wishes_survive_the_wire(protocol: ModuleType) -> None:
    """Sensitivities of single words and of all others survive the wire."""
    word = protocol.WordSensitivity(threshold=0.4, patience=3)
    request = protocol.DetectDetails(
        stream="kitchen",
        default=protocol.WordSensitivity(refractory_seconds=1.0),
        words={"alexa": word},
    )
    assert protocol.DetectDetails.from_context(request.context()) == request
    assert protocol.DetectDetails.from_context(None) == protocol.DetectDetails()


@BOTH
@pytest.mark.parametrize(
    "details",
    [
        [],
        {"words": []},
        {"words": {"alexa": 1}},
        {"words": {str(number): {} for number in range(101)}},
        {"default": {"threshold": None}},
        {"default": {"patience": True}},
        {"stream": 7},
        {"stream": "x" * 1001},
    ],
)
def test_senseless_wishes_are_errors(protocol: ModuleType, details: Any) -> None:
    """Invalid requests raise an error."""
    with pytest.raises(ValueError, match=r"usable|not an object"):
        protocol.DetectDetails.from_context({"hearken": details})

"""What Hearken adds to the Wyoming protocol.

This package exists twice, byte for byte: in the integration and in the app. A
test compares them. Everything here is data on top of Wyoming: a few event types
that are sent only to a peer that said hello, and one key inside the ``context``
fields that Wyoming already has. A peer that knows neither ignores both.

The conversation with a satellite (Home Assistant connects, the satellite
listens)::

    Home Assistant                          satellite
    hearken-hello                      ->
                                       <-   hearken-welcome
    describe                           ->
                                       <-   info
    run-satellite                      ->
                                       <-   run-pipeline (wake or asr ... tts)
                                       <-   audio-start, audio-chunk ...
    hearken-turn listening             ->
    detection, transcript, synthesize  ->
    hearken-turn processing/responding ->
    audio-start, audio-chunk, audio-stop ->  (the answer, or an announcement)
                                       <-   played
    hearken-turn idle                  ->
    ping                              <->   pong

A satellite that starts at ``wake`` streams without a pause and lets Home
Assistant's pipeline detect the wake word. One that starts at ``asr`` has detected it
itself, sends a ``detection``, and sends audio until ``hearken-turn`` leaves
``listening``.

A satellite with settings sends them in its welcome. It accepts changes, and sends its
settings whenever one changes, whoever changed it::

    Home Assistant                          satellite
    hearken-settings (changes)         ->
                                       <-   hearken-settings (everything)
    hearken-stop                       ->   (stops what is playing)
    hearken-timers                     ->   (all timers; it rings for them by itself)
                                       <-   hearken-timer (rings, ended)
    hearken-media-start, -chunk, -stop ->   (music, beneath what is said)
    hearken-media (pause, resume, stop) ->
                                       <-   hearken-media-state

One request to the speech server, by a client that asks for more than Wyoming has
(`TranscribeOptions` in the context of ``transcribe``)::

    Home Assistant                          server
    hearken-vocabulary                 ->   (once, and when the names change)
    transcribe                         ->
    audio-start, audio-chunk ...       ->
                                       <-   voice-started
                                       <-   hearken-partial (texts so far, revision)
    hearken-utterance (complete?)      ->   (about that revision)
                                       <-   voice-stopped, hearken-ended
                                       <-   transcript (details in its context)
    hearken-propose-names (sentences)  ->   (if no text is understood)
                                       <-   hearken-name-proposals
    hearken-look-again                 ->   (if none of these is understood either)
                                       <-   hearken-second-look

A client that has the server's token proves it first, which is not answered; the server
serves it before strangers and keeps its vocabulary::

    hearken-proof                      ->
    transcribe                         ->
                                       <-   hearken-vocabulary-missing (store it again)

A client without these options sends ``audio-stop`` and gets one ``transcript``.
"""

from .control import (
    ControlPath,
    EventKind,
    LiveKey,
    LiveType,
    ModelKey,
    ModelTrouble,
    ServerStage,
    ServerState,
    StatusKey,
    WakeKey,
)
from .fields import read_texts
from .media import (
    Media,
    MediaChanged,
    MediaCommand,
    MediaState,
    audio_event,
    media_event,
)
from .meeting import Hello, Turn, Welcome
from .names import NameProposal, NameProposals, ProposeNames
from .proof import Proof
from .satellite import SatelliteSettings, Stop
from .second_look import LookAgain, SecondLook
from .speech import (
    Partial,
    TranscribeOptions,
    UtteranceEnded,
    UtteranceHint,
    Vocabulary,
    VocabularyMissing,
)
from .timers import MAX_TIMERS, Timer, TimerChanged, Timers, TimerStage
from .transcript import Alternative, Repair, TranscriptDetails
from .wake import DetectDetails, DetectionDetails, WordSensitivity
from .words import (
    CONTEXT_KEY,
    CONTROL_VERSION,
    ENVELOPE_STEP_SAMPLES,
    MAX_ALTERNATIVES,
    MAX_ENVELOPE,
    MAX_GAIN_DB,
    MAX_PARTIAL_ALTERNATIVES,
    MAX_PROPOSALS,
    MAX_SENTENCES,
    MAX_TEXT_CHARACTERS,
    MAX_VOCABULARY,
    MAX_WORDS,
    MIN_GAIN_DB,
    PROTOCOL_VERSION,
    SAMPLE_CHANNELS,
    SAMPLE_RATE_HZ,
    SAMPLE_WIDTH_BYTES,
    Ability,
    EmptyReason,
    EndReason,
    ErrorCode,
    PeerKind,
    TurnPhase,
    UtteranceState,
)

__all__ = [
    "CONTEXT_KEY",
    "CONTROL_VERSION",
    "ENVELOPE_STEP_SAMPLES",
    "MAX_ALTERNATIVES",
    "MAX_ENVELOPE",
    "MAX_GAIN_DB",
    "MAX_PARTIAL_ALTERNATIVES",
    "MAX_PROPOSALS",
    "MAX_SENTENCES",
    "MAX_TEXT_CHARACTERS",
    "MAX_TIMERS",
    "MAX_VOCABULARY",
    "MAX_WORDS",
    "MIN_GAIN_DB",
    "PROTOCOL_VERSION",
    "SAMPLE_CHANNELS",
    "SAMPLE_RATE_HZ",
    "SAMPLE_WIDTH_BYTES",
    "Ability",
    "Alternative",
    "ControlPath",
    "DetectDetails",
    "DetectionDetails",
    "EmptyReason",
    "EndReason",
    "ErrorCode",
    "EventKind",
    "Hello",
    "LiveKey",
    "LiveType",
    "LookAgain",
    "Media",
    "MediaChanged",
    "MediaCommand",
    "MediaState",
    "ModelKey",
    "ModelTrouble",
    "NameProposal",
    "NameProposals",
    "Partial",
    "PeerKind",
    "Proof",
    "ProposeNames",
    "Repair",
    "SatelliteSettings",
    "SecondLook",
    "ServerStage",
    "ServerState",
    "StatusKey",
    "Stop",
    "Timer",
    "TimerChanged",
    "TimerStage",
    "Timers",
    "TranscribeOptions",
    "TranscriptDetails",
    "Turn",
    "TurnPhase",
    "UtteranceEnded",
    "UtteranceHint",
    "UtteranceState",
    "Vocabulary",
    "VocabularyMissing",
    "WakeKey",
    "Welcome",
    "WordSensitivity",
    "audio_event",
    "media_event",
    "read_texts",
]

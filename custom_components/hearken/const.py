"""Names, limits and timeouts of the integration."""

from typing import Final

DOMAIN: Final = "hearken"
MANUFACTURER: Final = "Hearken"
LEARN_MORE: Final = (
    "https://github.com/hearken-voice/hearken/blob/main/docs/server-device.md#repairs"
)

CONF_KEY: Final = "key"
CONF_KIND: Final = "kind"
CONF_DOWNLOAD_MODELS: Final = "download_models"
CONF_LANGUAGES: Final = "languages"
CONF_PIPELINES: Final = "pipelines"
CONF_END_OF_SPEECH: Final = "end_of_speech"

END_BY_HEARKEN: Final = "hearken"
END_BY_HOME_ASSISTANT: Final = "home_assistant"
CONF_THRESHOLDS: Final = "thresholds"
CONF_WAKE_WORDS: Final = "wake_words"
CONF_FLOOR_WAIT: Final = "floor_wait"
CONF_FOLLOW_UP: Final = "follow_up"
CONF_TAKE_OVER: Final = "take_over"
CONF_TOKEN: Final = "token"  # noqa: S105 - the name of a field

DEFAULT_SERVER_PORT: Final = 10400
DEFAULT_SATELLITE_PORT: Final = 10700

PIPELINE_NAME: Final = "Hearken"
PREFERRED_WAKE_WORDS: Final = ("hey_jarvis", "okay_nabu")
"""The wake words of a new pipeline, in order of preference.

The first was measured on recordings of people (docs/wake-words.md).
"""

# Limits of one event from a peer, so that none can exhaust the memory.
MAX_HEADER_BYTES: Final = 64 * 1024
MAX_DATA_BYTES: Final = 1024 * 1024
MAX_PAYLOAD_BYTES: Final = 1024 * 1024
MAX_SPEECH_BYTES: Final = 32 * 1024 * 1024
"""Limit of a spoken answer from the server: about ten minutes of audio."""
MAX_TRANSCRIPT_CHARACTERS: Final = 10_000
MAX_RUN_EVENTS: Final = 2000
"""Events of a server about one command, text or wake word that are not its result."""
MAX_LIST_ITEMS: Final = 1000
"""Limit of the wake words, voices, languages or models of one peer."""

# Timeouts.
CONNECT_TIMEOUT_SECONDS: Final = 5
WRITE_TIMEOUT_SECONDS: Final = 10
CLOSE_TIMEOUT_SECONDS: Final = 2
HELLO_TIMEOUT_SECONDS: Final = 5
PAIRING_TIMEOUT_SECONDS: Final = 15
"""Longest time for pairing with a code, which the satellite slows down."""
PROBE_TIMEOUT_SECONDS: Final = 10
AUDIO_TIMEOUT_SECONDS: Final = 10
"""Longest gap in audio that should flow without a pause."""
LISTEN_TIMEOUT_SECONDS: Final = 60
"""Longest command; the server ends it much sooner unless it hangs."""
TRANSCRIPT_TIMEOUT_SECONDS: Final = 60
HINT_TIMEOUT_SECONDS: Final = 0.6
"""Longest time to judge a partial transcript; after it the pause is over anyway."""
CHOICE_TIMEOUT_SECONDS: Final = 1.5
LOOK_TIMEOUT_SECONDS: Final = 3.0
"""Longest time to choose among texts, names asked for included; after it, the command
is carried out as it was heard."""
DETECTION_TIMEOUT_SECONDS: Final = 5
"""Longest wait for the wake word result after the end of the audio."""
SPEECH_TIMEOUT_SECONDS: Final = 30
TEXT_TIMEOUT_SECONDS: Final = 120
"""Longest wait for the next sentence of an answer that is still being written."""

SERVER_POLL_SECONDS: Final = 30

VOCABULARY_DELAY_SECONDS: Final = 3
"""Delay after a change of names: several changes are sent together."""
VOCABULARY_RETRY_SECONDS: Final = 30
VOCABULARY_TIMEOUT_SECONDS: Final = 10
VOCABULARY_SLICE_SECONDS: Final = 0.004
"""Longest time for which collecting names blocks the event loop."""
MAX_NAME_CHARACTERS: Final = 100
"""Longer names are left out: nobody speaks them."""
MAX_VOCABULARY_CHARACTERS: Final = 200_000
"""Limit of all names together: about 5,000 names of 40 characters."""

CONTROL_TIMEOUT_SECONDS: Final = 10
MODEL_TIMEOUT_SECONDS: Final = 120
"""Longest wait for a speech model to load."""
LIVE_SILENCE_SECONDS: Final = 2
"""A live connection that is silent this long is pinged; twice as long, it is lost."""

SETTINGS_TIMEOUT_SECONDS: Final = 5
"""Longest wait for a satellite to confirm its settings."""
SETTINGS_AGAIN_SECONDS: Final = 1
SATELLITE_TAKEN: Final = "satellite_taken"
NO_WAKE_WORD: Final = "no_wake_word"
WORD_OF_ASSISTANT: Final = "word_of_assistant"
ATTR_MUTED: Final = "muted"

PING_INTERVAL_SECONDS: Final = 2
SILENCE_TIMEOUT_SECONDS: Final = 5
"""A satellite that sends nothing for this long is disconnected."""
STALLED_SECONDS: Final = 2.5
"""After a silence as long as this, what was sent meanwhile may have arrived late."""
RECONNECT_MIN_SECONDS: Final = 0.5
RECONNECT_MAX_SECONDS: Final = 2
"""Longest delay between attempts to reach a peer that does not answer."""
RECONNECT_REFUSED_MAX_SECONDS: Final = 60
"""Longest delay between attempts to reach a peer that refuses us."""
RECONNECT_STALE_SECONDS: Final = 1
"""Age from which an attempt is replaced once the peer is known to be back."""
RECONNECT_STEADY_SECONDS: Final = 5
"""A connection that lasted this long ends the growth of the delay."""
RETRY_MIN_SECONDS: Final = 0.25
"""Least time between attempts, however often a peer announces itself."""
SETUP_AGAIN_SECONDS: Final = 5
"""The same for setting up a peer that was not there."""

AUDIO_QUEUE_SECONDS: Final = 10
"""Audio of a satellite that may wait for the pipeline; the oldest is dropped."""
JUDGED_AUDIO_SECONDS: Final = 10
"""Audio that is buffered while the wake word engine processes it."""

RESTART_MIN_SECONDS: Final = 1
RESTART_MAX_SECONDS: Final = 4
FOLLOW_UP_SECONDS: Final = 6
"""Time for a person to say something after an answer, without a wake word."""
CONTEST_SECONDS: Final = 0.15
"""Time for other satellites to report that they heard the same wake word."""
CANCELLED_WAIT_SECONDS: Final = 5
"""Longest wait before it is said that a question is cancelled; later, nobody cares."""
LISTEN_AGAIN_SECONDS: Final = 10
"""Time for a satellite to start listening again after a question."""

PLAYBACK_TIMEOUT_SECONDS: Final = 30
"""Longest wait for the next chunk of audio to play."""
PLAYBACK_LEAD_SECONDS: Final = 3
"""How far audio is sent ahead of its playback."""
PLAYED_EXTRA_SECONDS: Final = 5
"""Time for a satellite to confirm playback, beyond the length of the audio."""

FLOOR_WAIT_SECONDS: Final = 300
"""Default of the longest wait before an automation may speak."""
MAX_FLOOR_WAIT_SECONDS: Final = 3600
COMMAND_GRACE_SECONDS: Final = 2
DETACHED_QUIET_SECONDS: Final = 30
"""How long others wait for a detached command that says nothing."""
"""Time for a command to end before a question that it may wait for interrupts it."""
TIMER_AGE_SECONDS: Final = 3600
"""A timer that could not ring for this long stays silent."""
HEAR_TIMEOUT_SECONDS: Final = 30
"""Default time that an automation waits for speech."""
MAX_MESSAGE_CHARACTERS: Final = 2000
MAX_CHOICES: Final = 100
MAX_SENTENCES: Final = 100
MAX_WORD_SECONDS: Final = 10
"""Longest recording of a wake word that the server accepts."""
MAX_RECORDING_SECONDS: Final = 300
"""Longest recording that the transcribe action accepts."""

SIGNAL_SERVER_RETURNED: Final = f"{DOMAIN}_server_returned"
"""A speech server is back."""
SIGNAL_WORDS: Final = "hearken_words"
"""Sent when the wake words of a speech server may have changed."""
SIGNAL_TIMERS_CHANGED: Final = f"{DOMAIN}_timers_changed"
"""Sent when a voice timer starts, changes or ends."""
EVENT_HEARKEN: Final = "hearken_event"
"""The event for the logbook; it never contains the words that were spoken."""
CONF_FALLBACK_AGENT: Final = "fallback_agent"
CONF_SHORT_ANSWERS: Final = "short_answers"
CONF_PIN: Final = "pin"
MIN_PIN_DIGITS: Final = 4
MAX_PIN_DIGITS: Final = 10
CONF_ASK_FIRST_LABELS: Final = "ask_first_labels"
CONF_NEVER_LABELS: Final = "never_by_voice_labels"
CONF_NEVER_KINDS: Final = "never_by_voice"
CONF_CALIBRATION: Final = "calibration"
CALIBRATION_OFF: Final = "off"
CALIBRATION_SUGGEST: Final = "suggest"
CALIBRATION_ON: Final = "on"
CONF_LOWEST_THRESHOLD: Final = "lowest_threshold"
CONF_HIGHEST_THRESHOLD: Final = "highest_threshold"
LOWEST_THRESHOLD: Final = 0.35
"""Below 0.3, background speech starts to wake satellites."""
HIGHEST_THRESHOLD: Final = 0.8

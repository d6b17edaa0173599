"""Names, limits and time limits of the integration."""

from typing import Final

DOMAIN: Final = "hearken"
MANUFACTURER: Final = "Hearken"
LEARN_MORE: Final = (
    "https://github.com/hearken-voice/hearken/blob/main/docs/server-device.md#repairs"
)

CONF_KEY: Final = "key"
CONF_KIND: Final = "kind"
CONF_LANGUAGES: Final = "languages"
CONF_PIPELINES: Final = "pipelines"
CONF_END_OF_SPEECH: Final = "end_of_speech"

END_BY_HEARKEN: Final = "hearken"
END_BY_HOME_ASSISTANT: Final = "home_assistant"
CONF_THRESHOLDS: Final = "thresholds"
CONF_WAKE_WORDS: Final = "wake_words"
CONF_FLOOR_WAIT: Final = "floor_wait"
CONF_TOKEN: Final = "token"  # noqa: S105 - the name of a field

DEFAULT_SERVER_PORT: Final = 10400
DEFAULT_SATELLITE_PORT: Final = 10700

PIPELINE_NAME: Final = "Hearken"
PREFERRED_WAKE_WORDS: Final = ("hey_jarvis", "okay_nabu")
"""The wake words of a new pipeline, the most wanted first.

The first has been measured on recordings of people (docs/wake-words.md).
"""

# What may come over the wire in one event.
MAX_HEADER_BYTES: Final = 64 * 1024
MAX_DATA_BYTES: Final = 1024 * 1024
MAX_PAYLOAD_BYTES: Final = 1024 * 1024
MAX_SPEECH_BYTES: Final = 32 * 1024 * 1024
"""The longest answer that is taken from the server: about ten minutes."""
MAX_TRANSCRIPT_CHARACTERS: Final = 10_000
MAX_LIST_ITEMS: Final = 1000
"""Most wake words, voices or languages that are taken from one peer."""

# How long to wait for what.
CONNECT_TIMEOUT_SECONDS: Final = 5
WRITE_TIMEOUT_SECONDS: Final = 10
CLOSE_TIMEOUT_SECONDS: Final = 2
HELLO_TIMEOUT_SECONDS: Final = 5
PROBE_TIMEOUT_SECONDS: Final = 10
AUDIO_TIMEOUT_SECONDS: Final = 10
"""Longest gap in audio that should flow all the time."""
LISTEN_TIMEOUT_SECONDS: Final = 60
"""Longest time that one command is listened to; the server gives up long before."""
TRANSCRIPT_TIMEOUT_SECONDS: Final = 60
HINT_TIMEOUT_SECONDS: Final = 0.6
"""Longest time to judge a text so far; after it the pause would be over anyway."""
CHOICE_TIMEOUT_SECONDS: Final = 0.5
"""Longest time to choose among the texts that were possible."""
DETECTION_TIMEOUT_SECONDS: Final = 5
"""Longest wait for the verdict after the last audio."""
SPEECH_TIMEOUT_SECONDS: Final = 30
TEXT_TIMEOUT_SECONDS: Final = 120
"""Longest wait for the next sentence of an answer that is still being written."""

SERVER_POLL_SECONDS: Final = 30

VOCABULARY_DELAY_SECONDS: Final = 3
"""Time in which changes of names are gathered."""
VOCABULARY_RETRY_SECONDS: Final = 30
VOCABULARY_TIMEOUT_SECONDS: Final = 10
VOCABULARY_SLICE_SECONDS: Final = 0.004
"""Longest time for which gathering names holds up everything else."""
MAX_NAME_CHARACTERS: Final = 100
"""Nobody speaks a longer name."""
MAX_VOCABULARY_CHARACTERS: Final = 200_000
"""All names together: about as much as the most that may be sent is worth."""

CONTROL_TIMEOUT_SECONDS: Final = 10
MODEL_TIMEOUT_SECONDS: Final = 120
"""Longest wait for a speech model to be loaded."""
LIVE_SILENCE_SECONDS: Final = 2
"""A live connection that is silent so long is asked; if again so long, it is lost."""

SETTINGS_TIMEOUT_SECONDS: Final = 5
"""Longest wait for a satellite to say that it is set as it should be."""
SETTINGS_AGAIN_SECONDS: Final = 1
NO_WAKE_WORD: Final = "no_wake_word"
WORD_OF_ASSISTANT: Final = "word_of_assistant"
ATTR_MUTED: Final = "muted"

PING_INTERVAL_SECONDS: Final = 2
SILENCE_TIMEOUT_SECONDS: Final = 5
"""A satellite that says nothing for this long is gone."""
RECONNECT_MIN_SECONDS: Final = 0.5
RECONNECT_MAX_SECONDS: Final = 2
"""Longest delay between attempts to reach a peer that is away."""
RECONNECT_REFUSED_MAX_SECONDS: Final = 60
"""Longest delay between attempts to reach a peer that refuses us."""
RECONNECT_STALE_SECONDS: Final = 1
"""Age from which an attempt is replaced once the peer is known to be back."""
RECONNECT_STEADY_SECONDS: Final = 5
"""A connection that lasted this long ends the growth of the delay."""
RETRY_MIN_SECONDS: Final = 0.25
"""Least time between attempts, however often a peer announces itself."""

AUDIO_QUEUE_SECONDS: Final = 10
"""Audio of a satellite that may wait for the pipeline; the oldest is dropped."""
JUDGED_AUDIO_SECONDS: Final = 10
"""Audio that is kept until the wake word engine has spoken about it."""

RESTART_MIN_SECONDS: Final = 1
RESTART_MAX_SECONDS: Final = 10
LISTEN_AGAIN_SECONDS: Final = 10
"""Time in which a satellite that was told to listen again has to begin."""

PLAYBACK_TIMEOUT_SECONDS: Final = 30
"""Longest wait for the next piece of sound that is to be played."""
PLAYBACK_LEAD_SECONDS: Final = 3
"""How far audio is sent ahead of its playback."""
PLAYED_EXTRA_SECONDS: Final = 5
"""Time that a satellite has beyond the length of the audio to say "played"."""

FLOOR_WAIT_SECONDS: Final = 300
"""Longest wait for one's turn to speak, unless the owner chose another."""
MAX_FLOOR_WAIT_SECONDS: Final = 3600
COMMAND_GRACE_SECONDS: Final = 2
"""Time for a command to end before a question that it may wait for interrupts it."""
TIMER_AGE_SECONDS: Final = 3600
"""A timer that could not ring for this long stays silent."""
HEAR_TIMEOUT_SECONDS: Final = 30
"""How long an automation waits for an answer, unless it says how long."""
MAX_MESSAGE_CHARACTERS: Final = 2000
MAX_CHOICES: Final = 100
MAX_SENTENCES: Final = 100
MAX_RECORDING_SECONDS: Final = 300
"""Longest recording that an automation may have transcribed."""

SIGNAL_SERVER_RETURNED: Final = f"{DOMAIN}_server_returned"
"""A speech server is back."""
SIGNAL_WORDS: Final = "hearken_words"
"""The words that a speech server listens for may have changed."""

SIGNAL_TIMERS_CHANGED: Final = f"{DOMAIN}_timers_changed"
"""Sent when a timer that was set by voice begins, changes or ends."""
EVENT_HEARKEN: Final = "hearken_event"
"""What happened, for the logbook; without the words that were said."""

"""The words of the server's control API: HTTP with JSON, and one WebSocket.

Requests carry ``Authorization: Bearer TOKEN``; only ``/health`` is open. What takes
long is answered with 202; the list of models shows how it goes on.

``GET /api/v1/live`` is a WebSocket. It starts with the status; events follow as they
happen, and the status whenever it changes::

    {"type": "status", "status": {...}}
    {"type": "event", "event": {"kind": ..., "at": ...}, "dropped": 0}

``dropped`` counts the events that this client was too slow for.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote


class ControlPath(StrEnum):
    """The resources of the control API."""

    HEALTH = "/health"
    STATUS = "/api/v1/status"
    LIVE = "/api/v1/live"
    VOCABULARY = "/api/v1/vocabulary"
    HOUSE = "/api/v1/house"
    """Takes the languages of the house, to serve unless the owner chose a model."""
    RESET_STATISTICS = "/api/v1/statistics/reset"
    MODELS = "/api/v1/models"
    CHOOSE_MODEL = "/api/v1/models/choose"
    MODEL = "/api/v1/models/{name}"
    DOWNLOAD_MODEL = "/api/v1/models/{name}/download"
    CANCEL_DOWNLOAD = "/api/v1/models/{name}/cancel"
    MEASURE_MODEL = "/api/v1/models/{name}/measure"
    USE_MODEL = "/api/v1/models/{name}/use"
    WAKE = "/api/v1/wake"
    WAKE_RECORDS = "/api/v1/wake/records"
    WAKE_CLIPS = "/api/v1/wake/clips"
    WAKE_CLIP = "/api/v1/wake/clips/{name}"
    WAKE_CLIP_SETTINGS = "/api/v1/wake/clips/settings"
    WAKE_SCORES = "/api/v1/wake/scores/{stream}"
    MADE_WORDS = "/api/v1/wake/words"
    """Wake words that were made of text; posting a text makes one."""
    CANCEL_MAKING = "/api/v1/wake/words/cancel"
    MADE_WORD = "/api/v1/wake/words/{name}"
    RENAME_WORD = "/api/v1/wake/words/{name}/rename"
    IMPROVE_WORD = "/api/v1/wake/words/{name}/improve"
    ACCEPT_WORD = "/api/v1/wake/words/{name}/accept"
    """Use what the server learned from the owner; until then, nothing changes."""
    DISCARD_WORD = "/api/v1/wake/words/{name}/discard"
    UNDO_WORD = "/api/v1/wake/words/{name}/undo"
    WORD_RECORDINGS = "/api/v1/wake/words/{name}/recordings"
    WORD_CLIPS = "/api/v1/wake/words/{name}/clips"
    """Takes the name of a clip, and whether the owner says that it is the word."""

    def of(self, name: str) -> str:
        """Return the path of the model, clip or stream of this name."""
        quoted = quote(name, safe="")
        return self.replace("{name}", quoted).replace("{stream}", quoted)


class LiveKey(StrEnum):
    """The fields of a message of the live connection."""

    TYPE = "type"
    STATUS = "status"
    EVENT = "event"
    DROPPED = "dropped"


class LiveType(StrEnum):
    """The types of messages of the live connection."""

    STATUS = "status"
    EVENT = "event"


class EventKind(StrEnum):
    """The kinds of events that the server counts and reports."""

    DETECTION = "detection"
    """A wake word was detected."""
    TRANSCRIPT = "transcript"
    """A command was transcribed."""
    SPOKEN = "spoken"
    """A text was spoken."""
    ERROR = "error"
    """A request was refused."""


class StatusKey(StrEnum):
    """The fields of the status."""

    API_VERSION = "api_version"
    ID = "id"
    NAME = "name"
    VERSION = "version"
    STATE = "state"
    UPTIME_SECONDS = "uptime_seconds"
    MEMORY_BYTES = "memory_bytes"
    MODEL = "model"
    MODEL_PURPOSE = "model_purpose"
    """What the model is good for, in English, for people who read the status."""
    MODEL_CONFIGURED = "model_configured"
    MODEL_PROBLEM = "model_problem"
    MODEL_TROUBLE = "model_trouble"
    LANGUAGES = "languages"
    STORAGE = "storage"
    FREE_BYTES = "free_bytes"
    NEEDED_BYTES = "needed_bytes"
    SET_ASIDE = "set_aside"
    """Damaged files that were set aside since the start of the server."""
    CONNECTIONS = "connections"
    """How many connections of each port were refused, expired, or made room."""
    DOWNLOADS = "downloads"
    DONE_BYTES = "done_bytes"
    TOTAL_BYTES = "total_bytes"
    SPEAKS = "speaks"
    WAKE_WORDS = "wake_words"
    WAKE_PROBLEM = "wake_problem"
    COUNTS = "counts"
    REQUESTS = "requests"
    RECENT = "recent"
    WAKE_WORDS_LAST_HOUR = "wake_words_last_hour"
    PHANTOMS_STOPPED = "phantoms_stopped"
    OVERLOAD = "overload"
    REFUSED = "refused"
    REFUSED_LATELY = "refused_lately"
    STAGES = "stages"
    COUNT = "count"
    P50_MS = "p50_ms"
    P95_MS = "p95_ms"


class ServerState(StrEnum):
    """How speech-to-text is doing."""

    LOADING = "loading"
    """A model is being downloaded or loaded; the one before is in use."""
    PROBLEM = "problem"
    """The wanted model does not work; another one is in use, or none."""
    READY = "ready"


class ServerStage(StrEnum):
    """A stage of a command whose time the server measures."""

    WAKE = "wake"
    """From the end of the wake word to its detection."""
    END_OF_SPEECH = "end_of_speech"
    """From the last word to the decision that it was the last."""
    DECODE = "decode"
    """Decoding, much of which happens before that decision."""
    ANSWER = "answer"
    """From that decision to the transcript."""
    SPEAK = "speak"
    """From the text of an answer to its first sound."""


class ModelTrouble(StrEnum):
    """Why the wanted model is not in use."""

    FAILED = "failed"
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    """The model hub cannot be reached, or does not send the model."""
    DAMAGED = "damaged"
    NO_SPACE = "no_space"


class ModelKey(StrEnum):
    """The fields of the list of models, and of requests about models."""

    CONFIGURED = "configured"
    IN_USE = "in_use"
    PROBLEM = "problem"
    MODELS = "models"
    NAME = "name"
    INSTALLED = "installed"
    OWN = "own"
    RANK = "rank"
    AFFORDABLE = "affordable"
    SIZE_MB = "size_mb"
    MEMORY_MB = "memory_mb"
    LANGUAGES = "languages"
    SECONDS = "seconds"
    BUSY = "busy"
    UNFINISHED_BYTES = "unfinished_bytes"
    DONE_BYTES = "done_bytes"
    TOTAL_BYTES = "total_bytes"
    LANGUAGE = "language"
    BUDGET_SECONDS = "budget_seconds"
    MEMORY_LIMIT_MB = "memory_limit_mb"
    DOWNLOAD = "download"


class WakeKey(StrEnum):
    """The fields of answers about wake words."""

    PROBLEM = "problem"
    WORDS = "words"
    FOLDER_PROBLEM = "folder_problem"
    """Why the folder of the owner's words cannot be read."""
    JOB = "job"
    """The wake word that is being made, or was made last."""
    RECORDINGS = "recordings"
    KEPT = "kept"
    """How many sounds of the owner are kept for a word, of each kind."""
    OTHERS = "others"
    """Sounds that are not the word."""
    CANDIDATE = "candidate"
    """The gain of an improvement that the owner has not accepted yet."""
    GAIN = "gain"
    CAN_UNDO = "can_undo"
    IS_WORD = "is_word"
    STREAMS = "streams"
    ENGINE = "engine"
    CLIPS = "clips"
    CLIPS_DROPPED = "clips_dropped"
    CLIP = "clip"
    CHECKS = "checks"
    """Answers of the speech model about words that it checks, counted."""
    ID = "id"
    PHRASE = "phrase"
    LANGUAGES = "languages"
    LICENCE = "licence"
    SOURCE = "source"
    IS_CHECKED = "is_checked"
    """Whether the speech model checks what a word hears."""
    KEEP_CLIPS = "keep_clips"
    MAX_DAYS = "max_days"
    MAX_MEGABYTES = "max_megabytes"
    POSITION_SAMPLES = "position_samples"
    SCORES = "scores"
    LEVEL_DBFS = "level_dbfs"

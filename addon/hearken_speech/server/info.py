"""Wyoming info: what the server can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    Info,
    TtsProgram,
    TtsVoice,
    WakeProgram,
)

from hearken_speech.version import VERSION
from hearken_speech.wake import messages

if TYPE_CHECKING:
    from hearken_speech.server.recognizer import Recognizer
    from hearken_speech.server.services import Services
    from hearken_speech.tts.espeak import Espeak
    from hearken_speech.wake.catalogue import WakeCatalogue

_HEARKEN: Final = Attribution("Hearken", "https://github.com/hearken-voice/hearken")
_OPENWAKEWORD: Final = Attribution(
    "David Scripka", "https://github.com/dscripka/openWakeWord"
)
_ESPEAK: Final = Attribution(
    "espeak-ng authors", "https://github.com/espeak-ng/espeak-ng"
)


def describe(services: Services) -> Info:
    """Return the answer to ``describe``."""
    return Info(
        asr=_asr(services.recognizer),
        tts=_tts(services.espeak),
        wake=_wake(services.wake.catalogue),
    )


def _asr(recognizer: Recognizer) -> list[AsrProgram]:
    model = recognizer.models.model
    if model is None:
        return []
    return [
        AsrProgram(
            name="hearken",
            description="Hearken speech-to-text",
            attribution=_HEARKEN,
            installed=True,
            version=VERSION,
            models=[
                AsrModel(
                    name=model.name,
                    description=f"{model.name}: {recognizer.models.purpose}",
                    attribution=_HEARKEN,
                    installed=True,
                    version=None,
                    languages=list(model.languages),
                )
            ],
        )
    ]


def _tts(espeak: Espeak) -> list[TtsProgram]:
    if not espeak.voices:
        return []
    return [
        TtsProgram(
            name="espeak-ng",
            description="espeak-ng",
            attribution=_ESPEAK,
            installed=True,
            version=None,
            voices=[
                TtsVoice(
                    name=voice.name,
                    description=voice.description,
                    attribution=_ESPEAK,
                    installed=True,
                    version=None,
                    languages=list(voice.languages),
                )
                for voice in espeak.voices
            ],
        )
    ]


def _wake(catalogue: WakeCatalogue) -> list[WakeProgram]:
    words = catalogue.usable()
    if not words:
        return []
    licences = sorted({word.licence for word in words if word.licence})
    return [
        WakeProgram(
            name="hearken",
            description=f"Wake words ({', '.join(licences)})",
            attribution=_OPENWAKEWORD,
            installed=True,
            version=VERSION,
            models=messages.models(words),
        )
    ]

"""What Home Assistant's wizard wants to know of a satellite."""

from homeassistant.components.assist_satellite import (
    AssistSatelliteConfiguration,
    AssistSatelliteWakeWord,
)

from ..client.abilities import Abilities


def configuration_of(abilities: Abilities) -> AssistSatelliteConfiguration:
    """Return the wake words that the satellite knows itself."""
    return AssistSatelliteConfiguration(
        available_wake_words=[
            AssistSatelliteWakeWord(
                id=word.id,
                wake_word=word.phrase,
                trained_languages=list(word.languages),
            )
            for word in abilities.wake_words
        ],
        active_wake_words=list(abilities.active_wake_words),
        max_active_wake_words=abilities.max_active_wake_words,
    )

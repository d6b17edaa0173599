"""Test asking a recognizer whether a phrase was said."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hearken_speech.models import EMBEDDED_MODEL
from tests import real_weights
from tests.speech.server.recognizing import recognizer_options, started, until
from tests.speech.sounds import noise, spoken

if TYPE_CHECKING:
    from pathlib import Path

LONG_SECONDS = 60.0


async def test_built_in_model_is_not_asked(tmp_path: Path) -> None:
    """It knows the words of commands only."""
    options = recognizer_options(model=EMBEDDED_MODEL, folder=tmp_path)
    async with started(options) as recognizer:
        assert recognizer.models.loaded_engine is not None
        assert not recognizer.can_hear_phrases(is_trusted=True)


async def test_published_model_is_asked_unless_it_is_busy(tmp_path: Path) -> None:
    """It tells the phrase from others; it has to keep the time limit."""
    options = recognizer_options(
        model=str(real_weights.folder("tiny.en")), folder=tmp_path
    )
    async with started(options) as recognizer:
        await until(lambda: recognizer.can_hear_phrases(is_trusted=True))

        async def log_probability(text: str) -> float:
            """Return how probable it is that the phrase was said."""
            samples = np.concatenate((noise(0.4, 5.0), spoken(text)))[-32_000:]
            found = await recognizer.hear_phrase(
                *(samples, "alexa", "en", LONG_SECONDS), is_trusted=True
            )
            return found.log_probability

        assert await log_probability("alexa") > await log_probability("stop it") + 4
        with pytest.raises(TimeoutError):
            await recognizer.hear_phrase(
                *(noise(1.0), "alexa", "en", 0.0), is_trusted=True
            )
        pool, goes_on = recognizer.trusted.pool, threading.Event()
        try:
            for _ in range(pool.workers):
                pool.submit(goes_on.wait)
            await until(lambda: pool.state.running == pool.workers)
            assert not recognizer.can_hear_phrases(is_trusted=True)
        finally:
            goes_on.set()

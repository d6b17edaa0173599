"""Heads that were made, in place of learned ones."""

import numpy as np

from hearken_speech.wake.embedding import EMBEDDING_SIZE
from hearken_speech.wake.making.head_file import network_bytes

STEPS = 4


def flat_head(logit: float) -> bytes:
    """Return the file of a head that scores everything alike."""
    weights = np.zeros((STEPS * EMBEDDING_SIZE, 1), np.float32)
    return network_bytes([(weights, np.array([logit]))], STEPS)

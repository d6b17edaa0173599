"""The neural voices."""
import os
from pathlib import Path
def kokoro_folder() -> Path:
    return Path(os.environ["HEARKEN_WEIGHTS"]) / "kokoro"
def piper_folder() -> Path:
    return Path(os.environ["HEARKEN_WEIGHTS"]) / "piper"

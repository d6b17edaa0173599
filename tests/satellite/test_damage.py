"""Test that damaged files and kills take nothing from a satellite."""

from pathlib import Path

from benchmarks.attack import damage, kills


async def test_damaged_files_keep_nobody_out(tmp_path: Path) -> None:
    """With each of some kinds of damage, it starts and is who it was."""
    assert (await damage.run_satellites(tmp_path, 3))["faults"] == []


async def test_a_killed_satellite_loses_nothing(tmp_path: Path) -> None:
    """Its files are whole, and hold what was acknowledged."""
    assert (await kills.run_satellites(tmp_path, 2, seed=5))["faults"] == []

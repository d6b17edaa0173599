"""Test that name indexes are built once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hearken_speech.stt.name_indexes import NameIndexes
from hearken_speech.stt.names import NameIndex
from hearken_speech.stt.phonemes import Pronouncer


def test_names_that_are_being_made_ready_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, pronouncer: Pronouncer
) -> None:
    """A command waits for an index that is already being built."""
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def make(names: Sequence[str], language: str, pronouncer: Pronouncer) -> NameIndex:
        made.append(language)
        begun.set()
        assert go_on.wait(30)
        return NameIndex(names, language, pronouncer)

    monkeypatch.setattr("hearken_speech.stt.name_indexes.NameIndex", make)
    indexes = NameIndexes(pronouncer)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(indexes.get, ("Zephyr",), "en")
        assert begun.wait(30)
        second = pool.submit(indexes.get, ("Zephyr",), "en")
        other = pool.submit(indexes.get, ("Zephyr",), "de")
        go_on.set()
        assert first.result(30) is second.result(30)
        other.result(30)
    assert sorted(made) == ["de", "en"]

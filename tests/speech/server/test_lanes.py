"""Test that strangers do not take the time, audio or names of trusted clients."""

import os
import threading

import pytest

from hearken_speech.protocol import SAMPLE_RATE_HZ, Vocabulary
from hearken_speech.server.lanes import AudioBudget, Lane
from hearken_speech.server.vocabularies import Vocabularies


class Recording:
    """A recording that notes whether it had to make room."""

    def __init__(self) -> None:
        """Start with its room."""
        self.is_displaced = False

    def displace(self) -> None:
        """Lose the room."""
        self.is_displaced = True


def test_the_longest_recording_makes_room() -> None:
    """Open recordings are limited together; the longest ends, not the newest."""
    budget = AudioBudget(10)
    long, short, newest = Recording(), Recording(), Recording()
    budget.add(long, 6 * SAMPLE_RATE_HZ)
    budget.add(short, 3 * SAMPLE_RATE_HZ)
    budget.add(newest, SAMPLE_RATE_HZ)
    assert not long.is_displaced
    budget.add(newest, SAMPLE_RATE_HZ)
    assert [one.is_displaced for one in (long, short, newest)] == [True, False, False]
    budget.remove(short)
    budget.add(newest, 7 * SAMPLE_RATE_HZ)
    assert not newest.is_displaced


def test_only_strangers_have_a_budget() -> None:
    """The recordings of trusted clients are limited by their number alone."""
    trusted, strangers = Lane(2, is_trusted=True), Lane(1, is_trusted=False)
    try:
        assert trusted.budget is None
        assert strangers.budget is not None
    finally:
        trusted.close()
        strangers.close()


def test_strangers_have_a_lower_priority_than_the_server() -> None:
    """Also on a machine where the server itself has a low one."""

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work() -> None:
        ours = max(niceness(), 5)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ours)
        found.append((ours, strangers.listening.submit(niceness).result()))

    found: list[tuple[int, int]] = []
    strangers = Lane(1, is_trusted=False)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        strangers.close()
        # It does not wait for its threads; whoever tests it does.
        strangers.listening.shutdown(wait=True)
    ((ours, theirs),) = found
    assert theirs == min(ours + 10, 19)


@pytest.fixture(name="vocabularies")
def vocabularies_fixture() -> Vocabularies:
    """Return a store that prepares nothing."""
    return Vocabularies(lambda _names, _language: None)


def test_strangers_do_not_push_out_the_house(vocabularies: Vocabularies) -> None:
    """However many vocabularies strangers store, that of the house stays."""
    house = Vocabulary(key="house", names=("Leselampe",))
    vocabularies.store(house, "de", is_trusted=True)
    for number in range(200):
        vocabularies.store(Vocabulary(key=f"{number}", names=("x",)), "de")
    vocabularies.store(Vocabulary(key="house", names=("not",)), "de")
    assert vocabularies.get("house", is_trusted=True) == house
    assert vocabularies.get("0") is None
    assert len(vocabularies.all()) < 30
    vocabularies.close()


def test_strangers_do_not_use_the_names_of_the_house(
    vocabularies: Vocabularies,
) -> None:
    """A stranger that guesses the key gets nothing."""
    vocabularies.store(Vocabulary(key="house", names=("x",)), "de", is_trusted=True)
    assert vocabularies.get("house") is None
    vocabularies.close()


def test_names_are_kept_up_to_the_limit(vocabularies: Vocabularies) -> None:
    """A stranger keeps a thousand names, a trusted client all."""
    names = tuple(f"name {number}" for number in range(2_500))
    many = Vocabulary(key="many", names=names, terms=names)
    vocabularies.store(many, "en")
    vocabularies.store(many, "en", is_trusted=True)
    kept = vocabularies.get("many")
    assert kept is not None
    assert kept.names == kept.terms == names[:1_000]
    assert vocabularies.get("many", is_trusted=True) == many
    vocabularies.close()


def test_what_is_used_stays(vocabularies: Vocabularies) -> None:
    """The vocabulary that was not used for longest makes room."""
    for number in range(16):
        vocabularies.store(Vocabulary(key=f"{number}"), "en")
    assert vocabularies.get("0") is not None
    vocabularies.store(Vocabulary(key="new"), "en")
    assert vocabularies.get("0") is not None
    assert vocabularies.get("1") is None
    vocabularies.close()


def test_strangers_names_are_limited(vocabularies: Vocabularies) -> None:
    """A stranger stores a thousand names, not ten thousand."""
    names = tuple(f"name {number}" for number in range(5_000))
    vocabularies.store(Vocabulary(key="a", names=names), "en")
    vocabularies.store(Vocabulary(key="a", names=names), "en", is_trusted=True)
    stranger = vocabularies.get("a")
    trusted = vocabularies.get("a", is_trusted=True)
    assert stranger is not None
    assert trusted is not None
    assert (len(stranger.names), len(trusted.names)) == (1_000, 5_000)
    vocabularies.close()

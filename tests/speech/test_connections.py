"""Test who gets a place at a port, and who makes room for whom."""

import pytest

from hearken_speech.connections import (
    Connection,
    ConnectionLimits,
    Connections,
    Standing,
    TooManyConnectionsError,
)

LIMITS = ConnectionLimits(new=4, strangers=4, strangers_per_address=2, trusted=2)


class Port:
    """A port with a clock of its own, which notes whose connection was closed."""

    def __init__(self) -> None:
        """Start at 0 s without connections."""
        self.now = 0.0
        self.closed: list[str] = []
        self.connections = Connections(LIMITS, lambda: self.now)

    def open(self, address: str, standing: Standing = Standing.NEW) -> Connection:
        """Connect 0.1 s after the one before."""
        self.now += 0.1
        connection = self.connections.admit(
            address, lambda: self.closed.append(address)
        )
        if standing is Standing.STRANGER:
            self.connections.accept(connection)
        elif standing is Standing.TRUSTED:
            self.connections.trust(connection)
        return connection


@pytest.fixture(name="port")
def port_fixture() -> Port:
    """Return a port without connections."""
    return Port()


def test_newcomers_always_get_in(port: Port) -> None:
    """Whoever opens most connections loses its oldest, not somebody else's."""
    port.open("honest")
    for _ in range(100):
        port.open("flood")
    assert set(port.closed) == {"flood"}
    assert len(port.connections) == LIMITS.new
    assert port.connections.counts == {"made room": 97}


def test_many_addresses_do_not_lock_out_others(port: Port) -> None:
    """The oldest of those that said nothing makes room."""
    for number in range(5):
        port.open(str(number))
    assert port.closed == ["0"]


def test_strangers_make_room_when_idle(port: Port) -> None:
    """The stranger that has been idle for longest makes room, of the same address."""
    for name in ("a", "b", "a"):
        port.open(name, Standing.STRANGER)
    port.now += 2
    port.open("a", Standing.STRANGER)
    assert port.closed == ["a"]
    for name in ("c", "d"):
        port.open(name, Standing.STRANGER)
    assert port.closed == ["a", "b"]


def test_strangers_that_are_active_stay(port: Port) -> None:
    """A further stranger is refused while all others use their places."""
    used = [port.open("a", Standing.STRANGER) for _ in range(2)]
    port.now += 2
    for connection in used:
        connection.touch()
    with pytest.raises(TooManyConnectionsError):
        port.open("a", Standing.STRANGER)
    assert not port.closed


def test_those_who_wait_for_an_answer_have_more_time(port: Port) -> None:
    """A client that waits for its transcript is not idle yet."""
    waiting = port.open("a", Standing.STRANGER)
    waiting.is_waiting = True
    port.open("a", Standing.STRANGER)
    port.now += 10
    port.open("a", Standing.STRANGER)
    assert waiting in port.connections
    port.now += 10
    port.open("a", Standing.STRANGER).is_waiting = True
    port.open("a", Standing.STRANGER)
    assert waiting not in port.connections


def test_strangers_never_take_the_place_of_the_trusted(port: Port) -> None:
    """Trusted connections have places of their own, however idle they are."""
    for _ in range(2):
        port.open("home", Standing.TRUSTED)
    port.now += 100
    for number in range(50):
        port.open(f"new {number % 7}")
        port.now += 2
        port.open(f"stranger {number % 5}", Standing.STRANGER)
    assert "home" not in port.closed
    assert port.connections.number_of(Standing.TRUSTED) == 2
    # The oldest of many trusted ones was probably left behind by a broken cable.
    port.open("home", Standing.TRUSTED)
    assert "home" in port.closed


def test_silence_is_limited(port: Port) -> None:
    """Each standing has its time, which only useful messages extend."""
    new = port.open("new")
    stranger = port.open("stranger", Standing.STRANGER)
    trusted = port.open("home", Standing.TRUSTED)
    port.now = LIMITS.new_seconds
    new.touch()
    port.connections.expire()
    assert port.closed == []
    port.now += 0.2
    stranger.touch()
    port.connections.expire()
    assert port.closed == ["new"]
    port.now += LIMITS.stranger_seconds
    port.connections.expire()
    assert port.closed == ["new", "stranger"]
    port.now = LIMITS.trusted_seconds + 1
    port.connections.expire()
    assert port.closed == ["new", "stranger", "home"]
    port.connections.remove(trusted)
    assert len(port.connections) == 0

"""What leans on the sentence before: on what was left out, refused, or is elsewhere."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.home import DeviceState
from tests.integration.dialogue.simulated_home import LAKESIDE, SimulatedHome

type Done = dict[str, str]


def home_of(language: str, room: str, *on: str) -> SimulatedHome:
    """Return the house by the lake, with some devices on."""
    home = SimulatedHome(language, room, LAKESIDE)
    for entity_id in on:
        home.states[entity_id] = DeviceState("on", home.states[entity_id].attributes)
    return home


def done(home: SimulatedHome, text: str) -> Done:
    """Say something; return the services that it leads to."""
    proposal = home.say(text)
    commands = () if proposal is None else proposal.commands
    return {one.entity_id: one.service for one in commands}


@pytest.mark.parametrize(
    ("language", "order", "more"),
    [
        ("en", "all lights off except the counter lights", "okay those as well"),
        ("de", "alle Lichter aus außer dem Arbeitsplattenlicht", "okay das auch"),
        ("zh", "除了台面灯把灯都关了", "那个也关了吧"),
    ],
)
def test_what_was_left_out_may_follow(language: str, order: str, more: str) -> None:
    """Test that "those too" is what was excepted."""
    home = home_of(language, "kitchen", "light.kitchen", "light.counter", "light.bar")
    assert "light.counter" not in done(home, order)
    assert done(home, more) == {"light.counter": "turn_off"}


@pytest.mark.parametrize(
    ("language", "order", "other", "chatter"),
    [
        ("en", "turn on the kettle", "okay the coffee maker then", "the kettle again"),
        ("de", "Wasserkocher an", "gut dann halt die Kaffeemaschine", "gut"),
        ("zh", "打开烧水壶", "那咖啡机吧", "好吧"),
    ],
)
def test_something_else_in_place_of_what_does_not_answer(
    language: str, order: str, other: str, chatter: str
) -> None:
    """Test that a name is enough after an order that could not be carried out."""
    home = home_of(language, "kitchen")
    home.states["switch.kettle"] = DeviceState("unavailable", {})
    assert done(home, order) == {}
    assert done(home, chatter) == {}
    assert done(home, other) == {"switch.coffee": "turn_on"}
    # Without such an order, a name is none.
    assert done(home_of(language, "kitchen"), other) == {}


@pytest.mark.parametrize(
    ("language", "lamp", "order", "other"),
    [
        ("en", "turn on the desk lamp", "turn on the kettle", "no the coffee maker"),
        ("de", "Schreibtischlampe an", "Wasserkocher an", "nein die Kaffeemaschine"),
        ("zh", "打开书桌灯", "打开烧水壶", "不对是咖啡机"),
    ],
)
def test_what_was_not_done_is_not_undone(
    language: str, lamp: str, order: str, other: str
) -> None:
    """Test that a correction leaves alone what was done before."""
    home = home_of(language, "kitchen")
    home.states["switch.kettle"] = DeviceState("unavailable", {})
    assert done(home, lamp) == {"light.desk": "turn_on"}
    assert done(home, order) == {}
    assert done(home, other) == {"switch.coffee": "turn_on"}


@pytest.mark.parametrize(
    ("language", "question", "order"),
    [
        ("en", "is the fish tank light on", "set the heating there to 19"),
        ("de", "ist das Aquariumlicht an", "stell die Heizung dort auf 19"),
        ("zh", "鱼缸灯开着吗", "那里的暖气调到19度"),
    ],
)
def test_there_is_where_the_last_one_was(
    language: str, question: str, order: str
) -> None:
    """Test that the heating of the room is meant that was spoken of."""
    home = home_of(language, "office")
    home.say(question)
    assert home.memory.records
    assert done(home, order) == {"climate.living": "set_temperature"}


@pytest.mark.parametrize(
    ("language", "orders", "all_off", "wrong"),
    [
        (
            "en",
            ("turn on the sofa lamp", "the Christmas tree too", "and the floor lamp"),
            "all three of them off",
            "all four of them off",
        ),
        (
            "de",
            ("Sofalampe an", "den Weihnachtsbaum auch", "und die Stehlampe"),
            "alle drei wieder aus",
            "alle vier aus",
        ),
        (
            "zh",
            ("打开沙发灯", "圣诞树也打开", "还有落地灯"),
            "这三个都关了",
            "这四个都关了",
        ),
    ],
)
def test_all_three_are_three(
    language: str, orders: tuple[str, ...], all_off: str, wrong: str
) -> None:
    """Test that as many are meant as are said, or none."""
    home = home_of(language, "living")
    for order in orders:
        assert len(done(home, order)) == 1
    assert done(home, wrong) == {}
    assert done(home, all_off) == dict.fromkeys(
        ("light.sofa", "light.tree", "light.floor_lamp"), "turn_off"
    )


@pytest.mark.parametrize(
    ("language", "first", "both", "dim"),
    [
        (
            "en",
            "turn on the star projector",
            "turn it off and the bunny light on",
            "dim it to 5 percent",
        ),
        (
            "de",
            "Sternenhimmel an",
            "mach ihn aus und das Hasenlicht an",
            "dimm es auf 5 Prozent",
        ),
        ("zh", "打开星空灯", "把它关了打开小兔灯", "调到百分之五"),
    ],
)
def test_what_was_turned_off_is_not_dimmed(
    language: str, first: str, both: str, dim: str
) -> None:
    """Test that "it" is what was turned on in the same sentence."""
    home = home_of(language, "mia")
    done(home, first)
    assert done(home, both) == {"light.stars": "turn_off", "light.bunny": "turn_on"}
    assert done(home, dim) == {"light.bunny": "turn_on"}
    assert home.states["light.stars"].state == "off"


@pytest.mark.parametrize(
    ("language", "cooler", "again"),
    [
        ("en", "the air conditioner two degrees colder", "another degree"),
        ("de", "Klimaanlage zwei Grad kälter", "noch ein Grad"),
    ],
)
def test_another_degree_goes_on_in_the_same_direction(
    language: str, cooler: str, again: str
) -> None:
    """Test that it does not get warmer after it got colder."""
    home = home_of(language, "master")
    assert done(home, cooler) == {"climate.bedroom": "set_temperature"}
    assert done(home, again) == {"climate.bedroom": "set_temperature"}
    assert home.states["climate.bedroom"].attributes["temperature"] == 17


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "that uh the floor lamp on"),
        ("de", "das äh die Stehlampe an"),
        ("zh", "那个呃把落地灯打开"),
    ],
)
def test_a_hesitation_is_no_device(language: str, text: str) -> None:
    """Test that "that, er" before a name is not what was spoken of last."""
    home = home_of(language, "living")
    home.say({"en": "close the curtains", "de": "Vorhang zu", "zh": "关窗帘"}[language])
    assert done(home, text) == {"light.floor_lamp": "turn_on"}


def test_two_names_with_one_ending_are_two() -> None:
    """Test that the first of two lamps is not left out."""
    home = home_of("zh", "master", "light.anna", "light.tom")
    assert done(home, "把爸爸妈妈的床头灯都关了") == {
        "light.anna": "turn_off",
        "light.tom": "turn_off",
    }


def test_an_end_of_a_word_is_no_noun_of_its_own() -> None:
    """Test that the charger of a car is no loudspeaker."""
    proposal = home_of("de", "garage").say("schalt den Lautsprecher ein")
    assert proposal is not None
    assert proposal.key == "which"
    assert "Wallbox" not in proposal.names


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "could you unlock the boathouse for me"),
        ("de", "kannst du das Bootshaus aufsperren"),
        ("zh", "请把船屋解锁"),
    ],
)
def test_a_place_is_enough_to_unlock(language: str, text: str) -> None:
    """Test that what can only be done with a lock is asked about, and not refused."""
    proposal = home_of(language, "deck").say(text)
    assert proposal is not None
    assert proposal.key == "confirm"
    assert proposal.pending is not None
    assert [one.entity_id for one in proposal.pending.commands] == ["lock.boathouse"]


@pytest.mark.parametrize("text", ["打开多多的台灯", "打开客厅的暖气"])
def test_a_link_belongs_to_what_is_before_it(text: str) -> None:
    """Test that "的暖气" is no part of a name, and "台灯" is one."""
    assert len(done(home_of("zh", "mia"), text)) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "lights out in here but keep the counter lights on"),
        ("de", "Licht aus hier aber lass das Arbeitsplattenlicht an"),
        ("zh", "这里的灯都关了台面灯留着"),
    ],
)
def test_a_place_is_not_what_stays_on(language: str, text: str) -> None:
    """Test that the words before "keep" belong to the order."""
    home = home_of(language, "kitchen", "light.kitchen", "light.counter", "light.bar")
    assert done(home, text) == {"light.kitchen": "turn_off", "light.bar": "turn_off"}


@pytest.mark.parametrize(
    ("language", "order", "end"),
    [
        ("en", "open the velvet curtains", "okay close them again"),
        ("en", "open the skylight blind", "okay close it"),
        ("de", "Dachfensterrollo auf", "okay mach es zu"),
        ("zh", "打开天窗帘", "好的关上它"),
    ],
)
def test_okay_before_an_order_is_no_answer(language: str, order: str, end: str) -> None:
    """Test that without a question, "okay" only begins a sentence."""
    home = SimulatedHome(language, "attic", LAKESIDE.parent / "canal.yaml")
    (device,) = done(home, order)
    assert done(home, end) == {device: "close_cover"}

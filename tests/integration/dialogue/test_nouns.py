"""A noun never picks a device that is not such a thing."""

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.home import Device, DeviceState, Home, Place
from custom_components.hearken.dialogue.interpret import Interpreter
from custom_components.hearken.dialogue.memory import Memory
from custom_components.hearken.dialogue.spellings import Spellings
from tests.integration.dialogue.simulated_home import words

HEATS = {"hvac_modes": ["off", "heat"], "temperature": 20.0}


def done(
    language: str,
    text: str,
    *devices: Device,
    states: dict[str, DeviceState] | None = None,
) -> list[str]:
    """Say something in a kitchen with some devices; return what is commanded."""
    off = DeviceState("off", {})
    home = Home(
        devices,
        [Place(frozenset({"kitchen"}), ("Kitchen", "Küche", "厨房"))],
        Spellings(words(language)),
        lambda one: (states or {}).get(one, off),
    )
    proposal = Interpreter(home, words(language), Memory(), "kitchen").propose(text)
    return [] if proposal is None else [one.entity_id for one in proposal.commands]


def one(entity_id: str, name: str, device_class: str | None = None) -> Device:
    """Return a device in the kitchen."""
    return Device(entity_id, (name,), "kitchen", device_class)


@pytest.mark.parametrize(
    ("language", "text", "other"),
    [
        ("en", "Turn on the TV in the kitchen", one("media_player.box", "Sonos")),
        ("de", "Mach den Fernseher in der Küche an", one("media_player.box", "Sonos")),
        ("zh", "打开厨房的电视", one("media_player.box", "小爱同学")),
        ("en", "turn on the radio", one("media_player.tv", "Bravia", "tv")),
        ("de", "mach das Radio an", one("media_player.tv", "Bravia", "tv")),
        ("zh", "打开收音机", one("media_player.tv", "小米电视")),
        ("en", "turn on the plug", one("switch.kettle", "Kettle")),
        ("de", "schalte die Steckdose ein", one("switch.kettle", "Kocher")),
        ("zh", "打开插座", one("switch.kettle", "水壶")),
        ("en", "close the shutters", one("cover.window", "Drapes", "curtain")),
        ("de", "mach die Rollläden zu", one("cover.window", "Gardine")),
        ("en", "turn on the fan", one("fan.air", "Air Purifier")),
        ("de", "mach den Ventilator an", one("fan.air", "Luftreiniger")),
        ("zh", "打开风扇", one("fan.air", "空气净化器")),
        ("en", "turn on the dehumidifier", one("humidifier.air", "Smartmi")),
        ("de", "schalte den Entfeuchter ein", one("humidifier.air", "Smartmi")),
        ("zh", "打开除湿机", one("humidifier.air", "智米加湿器")),
        ("en", "turn on the speaker", one("media_player.wall", "Projector")),
        ("de", "mach den Lautsprecher an", one("media_player.wall", "Beamer")),
        ("en", "turn on the air conditioning", one("climate.warm", "Oil heater")),
        ("de", "schalte die Klimaanlage ein", one("climate.warm", "Heizung")),
        ("zh", "打开空调", one("climate.warm", "暖气")),
    ],
)
def test_something_else_is_left_alone(language: str, text: str, other: Device) -> None:
    """Test that the only device in the room is not taken for what was named."""
    assert done(language, text, other) == []


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("en", "turn on the TV", one("media_player.box", "Bravia", "tv")),
        ("en", "turn on the TV", one("media_player.box", "Bedroom TV 2")),
        ("de", "mach den Fernseher an", one("media_player.box", "Küchenfernseher")),
        ("zh", "打开电视", one("media_player.box", "小米电视")),
        ("en", "turn on the plug", one("switch.one", "Gosund", "outlet")),
        ("de", "schalte die Steckdose ein", one("switch.one", "Küchensteckdose 1")),
        ("zh", "打开插座", one("switch.one", "智能插座")),
        ("en", "close the blinds", one("cover.one", "Window", "shutter")),
        ("en", "close the curtains", one("cover.one", "Window")),
        ("zh", "关上窗帘", one("cover.one", "百叶窗")),
        ("en", "turn on the heater", one("switch.towels", "Towel heater")),
        ("de", "mach die Heizung an", one("switch.towels", "Handtuchheizung")),
        ("en", "turn on the lamp", one("switch.lamp", "Floor lamp")),
        ("de", "mach die Lampe an", one("switch.lamp", "Stehlampe")),
        ("zh", "打开灯", one("switch.lamp", "落地灯")),
        ("en", "turn on the purifier", one("fan.air", "Air purifier")),
        ("en", "turn on the fan", one("fan.roof", "Breezy")),
    ],
)
def test_what_is_such_a_thing_is_found(language: str, text: str, meant: Device) -> None:
    """Test that its class, its domain or its name says so."""
    other = one("switch.other", "Xyzzy")
    assert done(language, text, meant, other) == [meant.entity_id]


def test_what_plays_may_be_called_the_radio() -> None:
    """Test that a loudspeaker that plays is turned off, and no television is."""
    speaker = one("media_player.speaker", "Sonos")
    playing = {"media_player.speaker": DeviceState("playing", {})}
    assert done("en", "turn off the radio", speaker, states=playing) == [
        speaker.entity_id
    ]
    screen = one("media_player.speaker", "Bravia", "tv")
    assert done("en", "turn off the radio", screen, states=playing) == []


def test_what_only_heats_is_no_air_conditioning() -> None:
    """Test that the modes of a climate device without a telling name count."""
    device = one("climate.wall", "Midea")
    states = {device.entity_id: DeviceState("off", HEATS)}
    assert done("en", "turn on the air conditioning", device, states=states) == []
    assert done("en", "turn on the heating", device, states=states) == [
        device.entity_id
    ]


@pytest.mark.parametrize(
    ("language", "names", "text", "meant"),
    [
        ("en", ("Lamp", "Lamp 2"), "set lamp 2 to 55 percent", 1),
        ("en", ("Lamp", "Lamp 2"), "set lamp two to 55 percent", 1),
        ("en", ("Lamp", "Lamp 2"), "set the lamp to 2 percent", 0),
        ("en", ("Lamp One", "Lamp Two"), "set lamp 2 to fifty five percent", 1),
        ("en", ("Spot 21", "Spot 1"), "dim spot twenty one to 1 percent", 0),
        ("de", ("Lampe", "Lampe 2"), "stell Lampe 2 auf 55 Prozent", 1),
        ("de", ("Lampe", "Lampe 2"), "stell die Lampe zwei auf 55 Prozent", 1),
        ("de", ("Lampe", "Lampe 2"), "stell die Lampe auf 2 Prozent", 0),
        ("de", ("Lampe Eins", "Lampe Zwei"), "dimme Lampe 2 auf 55 Prozent", 1),
        ("zh", ("台灯", "台灯2"), "把台灯2调到百分之五十五", 1),
        ("zh", ("台灯", "台灯2"), "把台灯二调到55%", 1),
        ("zh", ("台灯", "台灯2"), "把台灯调到百分之二", 0),
        ("zh", ("台灯一", "台灯二"), "把台灯2调到百分之五十五", 1),
    ],
)
def test_numbers_behind_a_name(
    language: str, names: tuple[str, str], text: str, meant: int
) -> None:
    """Test that the number of a name is no value, and a value no name."""
    devices = [one(f"light.lamp_{at}", name) for at, name in enumerate(names)]
    assert done(language, text, *devices) == [devices[meant].entity_id]

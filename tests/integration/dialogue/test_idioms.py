"""What people say in other words than an order's plainest ones."""
# ruff: noqa: RUF001 - Chinese punctuation

from __future__ import annotations

import pytest

from custom_components.hearken.dialogue.home import Device, DeviceState, Home
from custom_components.hearken.dialogue.interpret import read_text
from custom_components.hearken.dialogue.spellings import Spellings
from custom_components.hearken.dialogue.text import tokens_of
from tests.integration.dialogue.simulated_home import SimulatedHome, words

type Done = list[tuple[str, str]]


def done(home: SimulatedHome, text: str) -> Done:
    """Say something; return the services that it leads to."""
    proposal = home.say(text)
    commands = () if proposal is None else proposal.commands
    return [(one.entity_id, one.service) for one in commands]


def test_punctuation_of_scripts_without_spaces_is_no_word() -> None:
    """Test that what speech-to-text writes around Chinese words is left out."""
    assert tokens_of("打开，“台灯”、「壁灯」。") == tuple("打开台灯壁灯")


@pytest.mark.parametrize("text", ["打开吸顶灯", "打开吸顶灯。"])
def test_a_sentence_may_end_with_a_full_stop(text: str) -> None:
    """Test that a full stop changes nothing."""
    assert done(SimulatedHome("zh"), text) == [("light.ceiling", "turn_on")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Phew, it's hot in here."),
        ("en", "Boiling in here."),
        ("de", "Puh, ist das heiß hier drin."),
        ("de", "Uff, hier ist es aber heiß."),
        ("zh", "哎呀，好热啊。"),
    ],
)
def test_a_sigh_is_no_unknown_word(language: str, text: str) -> None:
    """Test that people may sigh before they complain."""
    assert done(SimulatedHome(language), text) == [
        ("climate.living", "set_temperature")
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I'm leaving, turn off the robot."),
        ("de", "Ich gehe jetzt, schick den Saugroboter zur Ladestation."),
        ("zh", "我出门了，让扫地机器人回去充电。"),
    ],
)
def test_what_one_is_about_to_do_may_come_first(language: str, text: str) -> None:
    """Test that an order may follow what the speaker is about to do."""
    assert done(SimulatedHome(language), text) == [("vacuum.robot", "return_to_base")]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "I'm leaving."), ("de", "Ich gehe jetzt.")]
)
def test_what_one_is_about_to_do_is_no_order(language: str, text: str) -> None:
    """Test that nothing is done if no order follows."""
    home = SimulatedHome(language)
    home.say(f"{home.names[0]} {'on' if language == 'en' else 'an'}")
    assert done(home, text) == []


def test_a_statement_is_a_complaint_and_a_question_is_not() -> None:
    """Test that "is" within a sentence asks nothing."""
    home = SimulatedHome("en")
    assert done(home, "Turn on the TV.") == [("media_player.tv", "turn_on")]
    assert done(home, "Is the TV too loud?") == []
    assert done(home, "The TV is too loud.") == [("media_player.tv", "volume_down")]


def test_a_pronoun_complains_in_german() -> None:
    """Test that the nominative is a pronoun, too."""
    home = SimulatedHome("de")
    assert done(home, "Mach den Fernseher an.")
    assert done(home, "Mach ihn leiser.")
    assert done(home, "Jetzt ist er zu leise.") == [("media_player.tv", "volume_up")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Start the fan."),
        ("de", "Starte den Ventilator."),
        ("zh", "启动风扇。"),
    ],
)
def test_what_runs_is_started(language: str, text: str) -> None:
    """Test that starting is turning on where nothing else is."""
    assert done(SimulatedHome(language, "bedroom"), text) == [
        ("fan.bedroom", "turn_on")
    ]


def test_cleaning_is_started_by_nothing_else() -> None:
    """Test that a word for cleaning starts no fan that was spoken of."""
    home = SimulatedHome("en", "bedroom")
    assert done(home, "Turn off the fan.")
    assert done(home, "Let's start.") == []
    assert all(
        entity_id == "vacuum.robot" for entity_id, _ in done(home, "Start cleaning.")
    )


@pytest.mark.parametrize(
    ("language", "on", "text"),
    [
        (
            "en",
            "Turn on the ceiling light and the floor lamp.",
            "Turn off all the lights in here, but leave the floor lamp on.",
        ),
        (
            "de",
            "Mach das Deckenlicht und die Stehlampe an.",
            "Mach alle Lichter im Wohnzimmer aus, nur die Stehlampe nicht.",
        ),
        (
            "de",
            "Mach das Deckenlicht und die Stehlampe an.",
            "Mach alle Lichter im Wohnzimmer aus und lass die Stehlampe an.",
        ),
        ("zh", "打开吸顶灯和落地灯。", "客厅的灯全关了，落地灯留着。"),
    ],
)
def test_what_is_left_on_is_not_touched(language: str, on: str, text: str) -> None:
    """Test that what has to stay on is an exception, and not switched twice."""
    home = SimulatedHome(language)
    assert len(done(home, on)) == 2
    assert done(home, text) == [("light.ceiling", "turn_off")]


def test_a_verb_that_is_a_thing_too() -> None:
    """Test that "lock it" speaks of one thing, and "the lock" of a lock."""
    home = SimulatedHome("en", "hall")
    verb = read_text("lock it", words("en"), home.home)
    noun = read_text("open the lock", words("en"), home.home)
    assert verb is not None
    assert noun is not None
    assert [(one.kind, one.pronoun) for one in verb.references] == [("", "it")]
    assert [one.kind for one in noun.references] == ["lock"]


def test_a_particle_of_a_chinese_sentence_is_no_part_of_a_name() -> None:
    """Test that one character of a name is too little to mean a device."""
    state = DeviceState("off")
    devices = [Device("light.bar", ("吧台灯",))]
    home = Home(devices, [], Spellings(words("zh")), lambda _: state)
    reading = read_text("打开吧", words("zh"), home)
    assert reading is not None
    assert reading.references == []


def test_undo_answers_a_question_with_no() -> None:
    """Test that what was done before a question is not undone in its place."""
    home = SimulatedHome("en", "hall")
    assert done(home, "Turn on the hall light.")
    assert done(home, "Unlock the front door.") == []
    assert home.memory.pending is not None
    assert done(home, "Undo that.") == []
    assert home.memory.pending is None


@pytest.mark.parametrize("first", ["Turn on the kettle.", "Start the kettle."])
def test_an_order_that_is_repeated_is_undone_as_one(first: str) -> None:
    """Test that saying an order twice does not make it the state before."""
    home = SimulatedHome("en", "kitchen")
    home.say(first)
    home.say("Turn on the kettle.")
    assert done(home, "Undo that.") == [("switch.kettle", "turn_off")]


def test_part_of_a_name_is_denied_and_another_device_meant() -> None:
    """Test that what follows what is not meant is what is meant."""
    home = SimulatedHome("en", "bedroom")
    home.say("Turn on the left bed lamp.")
    assert sorted(done(home, "No wait, not the left, the right bed lamp.")) == [
        ("light.bed_left", "turn_off"),
        ("light.bed_right", "turn_on"),
    ]


@pytest.mark.parametrize(
    ("text", "act"),
    [("Fahr die Jalousie ein.", "close"), ("Fahr die Jalousie aus.", "open")],
)
def test_what_is_driven_in_is_closed(text: str, act: str) -> None:
    """Test the particles of a verb that moves something."""
    reading = read_text(text, words("de"), SimulatedHome("de").home)
    assert reading is not None
    assert [clause.acts for clause in reading.orders] == [(act,)]


def test_all_of_one_thing_is_all_the_way() -> None:
    """Test that "全部" may be said of one device."""
    home = SimulatedHome("zh")
    assert done(home, "百叶窗调到40%。")
    assert done(home, "全部打开。") == [("cover.living_blind", "open_cover")]


@pytest.mark.parametrize("text", ["能帮我把落地灯打开吗？", "可以帮我打开落地灯吗？"])
def test_a_polite_question_is_an_order(text: str) -> None:
    """Test that who asks whether one can do something wants it done."""
    assert done(SimulatedHome("zh"), text) == [("light.floor", "turn_on")]
    assert done(SimulatedHome("zh"), "落地灯打开了吗？") == []


def test_what_was_meant_may_be_said_last() -> None:
    """Test a correction whose verb comes at the end."""
    home = SimulatedHome("de", "kitchen")
    home.say("Schalt die Kaffeemaschine ein.")
    assert sorted(done(home, "Nein, den Wasserkocher hab ich gesagt.")) == [
        ("switch.coffee", "turn_off"),
        ("switch.kettle", "turn_on"),
    ]


def test_off_at_the_end_goes_with_its_verb() -> None:
    """Test that "shut" with "off" closes nothing."""
    home = SimulatedHome("en", "kitchen")
    assert done(home, "Shut the kettle off.") == [("switch.kettle", "turn_off")]

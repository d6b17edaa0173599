"""Test that options become devices."""

from pathlib import Path

import pytest

from hearken_speech.errors import HearkenError
from hearken_speech.satellite.devices.device_speaker import DeviceSpeaker
from hearken_speech.satellite.devices.ducking import NoDucker, PulseDucker
from hearken_speech.satellite.devices.echo import EchoCancelledMicrophone
from hearken_speech.satellite.devices.enhancer import NoEnhancer
from hearken_speech.satellite.devices.hardware import NoHardware, Parts
from hearken_speech.satellite.equipment import equip
from hearken_speech.satellite.options import SatelliteOptions


def test_a_real_speaker_brings_echo_cancelling(tmp_path: Path) -> None:
    """What cannot be heard back needs neither that nor ducking."""
    real = equip(SatelliteOptions(data_dir=tmp_path))
    assert isinstance(real.speaker, DeviceSpeaker)
    assert isinstance(real.microphone, EchoCancelledMicrophone)
    assert isinstance(real.ducker, PulseDucker)
    file = equip(SatelliteOptions(data_dir=tmp_path, speaker="none"))
    assert not isinstance(file.microphone, EchoCancelledMicrophone)
    assert isinstance(file.ducker, NoDucker)
    assert isinstance(file.enhancer, NoEnhancer)
    assert isinstance(file.hardware, NoHardware)


def test_lights_buttons_and_enhancers_are_made(tmp_path: Path) -> None:
    """What the options ask for is there."""
    equipment = equip(
        SatelliteOptions(
            data_dir=tmp_path,
            auto_gain_db=12,
            noise_reduction_db=15,
            lights="apa102:3",
            buttons=("action:17", "mute_switch:5"),
            hook_command="true",
            hook_socket=tmp_path / "events",
        )
    )
    assert isinstance(equipment.hardware, Parts)
    assert not isinstance(equipment.enhancer, NoEnhancer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lights": "disco"}, "no light 'disco'"),
        ({"lights": "apa102:5000"}, "no light"),
        ({"lights": "gpio:1,2"}, "no light"),
        ({"buttons": ("doorbell:4",)}, "no button 'doorbell:4'"),
        ({"buttons": ("action:99",)}, "no button"),
    ],
)
def test_wrong_hardware_is_explained(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    """The error lists what there is."""
    with pytest.raises(HearkenError, match=message):
        equip(SatelliteOptions(data_dir=tmp_path, **options))  # type: ignore[arg-type] # one of several

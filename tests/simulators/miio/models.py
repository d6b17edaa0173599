"""The models that can be simulated, as tables.

The names of properties and the numbers of services are the devices' own: they are on
the wire when a client asks for them, and MIoT's are published at miot-spec.org.
"""

from typing import Final

from tests.simulators.miio.classic import (
    ON_OFF,
    Classic,
    ClassicDevice,
    Setting,
    setting,
)
from tests.simulators.miio.device import MiioDevice
from tests.simulators.miio.miot import BOOLEAN, Miot, MiotDevice, Property
from tests.simulators.miio.vacuum import Vacuum

_PERCENT: Final = range(1, 101)
_OFF: Final = Property(value=False, allowed=BOOLEAN)
_ON: Final = Property(value=True, allowed=BOOLEAN)
_SWITCHED: Final = {"set_power": setting("power", ON_OFF)}

_LAMP: Final = Classic(
    state={
        "power": "off",
        "bright": 100,
        "cct": 50,
        "snm": 0,
        "dv": 0,
        "bl": 0,
        "ac": 0,
    },
    settings=_SWITCHED
    | {
        "set_bright": setting("bright", _PERCENT, turns_on=True),
        "set_cct": setting("cct", _PERCENT, turns_on=True),
        "set_bricct": Setting(("bright", "cct"), (_PERCENT, _PERCENT), turns_on=True),
        "apply_fixed_scene": setting("snm", range(1, 5), turns_on=True),
        "delay_off": setting("dv", range(21_601)),
    },
)
_PLUG: Final = Classic(
    state={"power": "off", "temperature": 34, "wifi_led": "on"},
    settings=_SWITCHED | {"set_wifi_led": setting("wifi_led", ON_OFF)},
)
_PLUG_WITH_USB: Final = Classic(
    state={"on": False, "usb_on": False, "temperature": 34, "wifi_led": "on"},
    settings={"set_wifi_led": setting("wifi_led", ON_OFF)},
    fixed={
        ("set_power", "on"): {"on": True},
        ("set_power", "off"): {"on": False},
        ("set_usb_on",): {"usb_on": True},
        ("set_usb_off",): {"usb_on": False},
    },
    reports={"get_power": [0]},
    power="on",
    power_values=(True, False),
)
_POWER_STRIP: Final = Classic(
    state={
        "power": "off",
        "temperature": 32.5,
        "current": 0.1,
        "mode": "normal",
        "power_consume_rate": 4.2,
        "voltage": 23_000,
        "power_factor": 1,
        "elec_leakage": 0,
    },
    settings=_SWITCHED | {"set_power_mode": setting("mode", ("green", "normal"))},
)
_PURIFIER: Final = Classic(
    state={
        "power": "off",
        "mode": "auto",
        "favorite_level": 10,
        "led": "on",
        "buzzer": "off",
        "child_lock": "off",
        "led_b": 0,
        "volume": 50,
        "aqi": 12,
        "average_aqi": 15,
        "humidity": 44,
        "temp_dec": 215,
        "filter1_life": 80,
        "f1_hour": 3_500,
        "f1_hour_used": 682,
        "bright": 60,
        "use_time": 2_457_000,
        "motor1_speed": 0,
        "motor2_speed": 0,
        "purify_volume": 25_262,
        "rfid_product_id": "0:0:41:30",
        "rfid_tag": "10:20:30:40:50:60:7",
        "act_sleep": "close",
        "sleep_mode": "idle",
        "sleep_time": 0,
        "sleep_data_num": 0,
        "app_extra": 0,
        "act_det": "off",
        "button_pressed": "power",
    },
    settings=_SWITCHED
    | {
        "set_mode": setting("mode", ("auto", "silent", "favorite"), turns_on=True),
        "set_level_favorite": setting("favorite_level", range(17)),
        "set_led": setting("led", ON_OFF),
        "set_buzzer": setting("buzzer", ON_OFF),
        "set_child_lock": setting("child_lock", ON_OFF),
    },
)
_PURIFIER_MIOT: Final = Miot(
    properties={
        (2, 2): _OFF,  # power
        (2, 4): Property(1, range(1, 4)),  # fan level
        (2, 5): Property(0, range(4)),  # mode: auto, sleep, favorite, fan
        (3, 6): Property(12),  # PM2.5
        (3, 7): Property(44),  # humidity
        (3, 8): Property(21.5),  # temperature
        (4, 3): Property(80),  # filter, percent left
        (4, 5): Property(682),  # filter, hours used
        (5, 1): _OFF,  # buzzer
        (5, 2): Property(50, range(101)),  # buzzer's volume
        (6, 1): Property(0, range(3)),  # LED's brightness
        (6, 6): _ON,  # LED
        (7, 1): _OFF,  # child lock
        (10, 7): Property(2_150, range(300, 2_301)),
        (10, 8): Property(800),  # motor
        (10, 10): Property(10, range(15)),  # favorite level
        (12, 1): Property(2_457_000),
        (13, 1): Property(25_262),
        (13, 2): Property(15),
        (13, 9): Property(0, range(3_601), housekeeping=True),
        (14, 1): Property("80:64:d1:ba:4f:5f:4"),
        (14, 3): Property("0:0:31:31"),
        (15, 1): Property(0),
    },
    power=(2, 2),
)
_FAN: Final = Classic(
    state={
        "power": "off",
        "ac_power": "on",
        "speed": 330,
        "speed_level": 35,
        "natural_level": 0,
        "angle": 60,
        "angle_enable": "off",
        "poweroff_time": 0,
        "child_lock": "off",
        "buzzer": 0,
        "led_b": 1,
        "use_time": 6_000,
    },
    settings=_SWITCHED
    | {
        "set_speed_level": setting("speed_level", range(101)),
        "set_natural_level": setting("natural_level", range(101)),
        "set_angle": setting("angle", (30, 60, 90, 120)),
        "set_angle_enable": setting("angle_enable", ON_OFF),
        "set_poweroff_time": setting("poweroff_time", range(28_801)),
        "set_child_lock": setting("child_lock", ON_OFF),
        "set_buzzer": setting("buzzer", range(3)),
        "set_led_b": setting("led_b", range(3)),
        "set_move": setting("move", ("left", "right")),
    },
)
_FAN_MIOT: Final = Miot(
    properties={
        (2, 1): _OFF,  # power
        (2, 2): Property(1, range(1, 5)),  # gear
        (2, 3): Property(0, range(2)),  # mode: normal, nature
        (2, 4): _OFF,  # oscillation
        (2, 5): Property(60, (30, 60, 90, 120, 140)),
        (2, 6): Property(0, range(481)),
        (2, 7): _ON,  # LED
        (2, 8): _OFF,  # buzzer
        (2, 9): Property("", ("left", "right")),
        (2, 10): Property(35, _PERCENT),  # speed
        (3, 1): _OFF,  # child lock
    },
    power=(2, 1),
)
_FAN_LITE: Final = Miot(
    properties={
        (2, 1): _OFF,  # power
        (2, 2): Property(1, range(1, 4)),  # gear
        (2, 3): _OFF,  # oscillation
        (2, 7): Property(0, range(2)),  # mode
        (2, 10): Property(0, range(481)),
        (2, 11): _OFF,  # buzzer
        (2, 12): _ON,  # LED
        (3, 1): _OFF,  # child lock
    },
    power=(2, 1),
)
_HUMIDIFIER: Final = Classic(
    state={
        "power": "off",
        "mode": "silent",
        "humidity": 41,
        "limit_hum": 50,
        "buzzer": "off",
        "led_b": 0,
        "child_lock": "off",
        "dry": "off",
        "use_time": 16_000,
        "hw_version": 0,
        "temp_dec": 215,
        "speed": 0,
        "depth": 90,
    },
    settings=_SWITCHED
    | {
        "set_mode": setting("mode", ("silent", "medium", "high", "auto")),
        "set_limit_hum": setting("limit_hum", range(30, 81, 10)),
        "set_buzzer": setting("buzzer", ON_OFF),
        "set_led_b": setting("led_b", range(3)),
        "set_child_lock": setting("child_lock", ON_OFF),
        "set_dry": setting("dry", ON_OFF),
    },
)
_HUMIDIFIER_MIOT: Final = Miot(
    properties={
        (2, 1): _OFF,  # power
        (2, 2): Property(0),  # fault
        (2, 5): Property(0, range(4)),  # mode
        (2, 6): Property(50, range(30, 81)),  # target
        (2, 7): Property(90),  # water
        (2, 8): _OFF,  # dry
        (2, 9): Property(16_000),
        (2, 10): Property(0),
        (2, 11): Property(800, range(200, 2_001)),
        (3, 7): Property(21.5),
        (3, 8): Property(70.7),
        (3, 9): Property(41),  # humidity
        (4, 1): _OFF,  # buzzer
        (5, 2): Property(0, range(3)),  # LED's brightness
        (6, 1): _OFF,  # child lock
        (7, 1): Property(0),
        (7, 3): Property(3_600),
        (7, 5): _OFF,  # clean mode
    },
    power=(2, 1),
)
_HUMIDIFIER_DEERMA: Final = Classic(
    state={
        "OnOff_State": 0,
        "TemperatureValue": 21,
        "Humidity_Value": 41,
        "HumiSet_Value": 50,
        "Humidifier_Gear": 1,
        "Led_State": 1,
        "TipSound_State": 0,
        "waterstatus": 1,
        "watertankstatus": 1,
    },
    settings={
        "Set_OnOff": setting("OnOff_State", range(2)),
        "Set_HumiValue": setting("HumiSet_Value", range(40, 81)),
        "Set_HumidifierGears": setting("Humidifier_Gear", range(1, 5)),
        "SetLedState": setting("Led_State", range(2)),
        "SetTipSound_Status": setting("TipSound_State", range(2)),
    },
    power="OnOff_State",
    power_values=(1, 0),
)

MODELS: Final[dict[str, Classic | Miot | None]] = {
    "philips.light.bulb": _LAMP,
    "philips.light.candle": _LAMP,
    "philips.light.downlight": _LAMP,
    "philips.light.ceiling": _LAMP,
    "chuangmi.plug.m1": _PLUG,
    "chuangmi.plug.m3": _PLUG,
    "chuangmi.plug.hmi206": _PLUG,
    "chuangmi.plug.v3": _PLUG_WITH_USB,
    "qmi.powerstrip.v1": _POWER_STRIP,
    "zhimi.airpurifier.mc1": _PURIFIER,
    "zhimi.airpurifier.ma4": _PURIFIER_MIOT,
    "zhimi.airpurifier.mb3": _PURIFIER_MIOT,
    "zhimi.fan.za4": _FAN,
    "dmaker.fan.p10": _FAN_MIOT,
    "dmaker.fan.1c": _FAN_LITE,
    "zhimi.humidifier.ca1": _HUMIDIFIER,
    "zhimi.humidifier.ca4": _HUMIDIFIER_MIOT,
    "deerma.humidifier.mjjsq": _HUMIDIFIER_DEERMA,
    "rockrobo.vacuum.v1": None,
    "roborock.vacuum.s5": None,
}
"""The tables of each model; a vacuum has none."""


def build(model: str, token: bytes, device_id: int = 1) -> MiioDevice:
    """Return a new device of a model."""
    match MODELS[model]:
        case Classic() as kind:
            return ClassicDevice(model, kind, token, device_id)
        case Miot() as kind:
            return MiotDevice(model, kind, token, device_id)
        case None:
            return Vacuum(model, token, device_id)

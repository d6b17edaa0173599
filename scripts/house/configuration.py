"""The house of demo and tests: rooms, devices and Home Assistant's configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from house.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Device:
    """One simulated device."""

    entity_id: str
    name: str
    room: str
    on: bool = False

    @property
    def switch(self) -> str:
        """Return the helper that stores its state."""
        return "sim_" + self.entity_id.replace(".", "_")


LIGHTS: Final = (
    Device("light.kitchen", "Kitchen light", "Kitchen"),
    Device("light.bedroom", "Bedroom light", "Bedroom", on=True),
    Device("light.living_room", "Living room light", "Living Room"),
)
FANS: Final = (Device("fan.ceiling", "Ceiling fan", "Living Room"),)
COVERS: Final = (
    Device("cover.garage_door", "Garage door", "Garage", on=True),
    Device("cover.office_blinds", "Office blinds", "Office", on=True),
)
THERMOSTAT: Final = Device(
    "climate.kitchen_thermostat", "Kitchen thermostat", "Kitchen"
)
DEVICES: Final = (*LIGHTS, *FANS, *COVERS, THERMOSTAT)
ROOMS: Final = tuple(dict.fromkeys(device.room for device in DEVICES))

_INTEGRATIONS: Final = """\
homeassistant:
  name: Hearken demo
  country: US
  language: en
  unit_system: metric
  time_zone: UTC
  latitude: 52.0
  longitude: 5.0
  internal_url: http://127.0.0.1:{port}
frontend:
config:
api:
websocket_api:
person:
zone:
sun:
system_health:
repairs:
diagnostics:
history:
logbook:
automation: !include automations.yaml
script:
scene:
media_source:
intent:
conversation:
stt:
tts:
wake_word:
assist_pipeline:
timer:
logger:
  default: warning
  logs:
    custom_components.hearken: debug
"""


def write(folder: Path, port: int, more: str = "") -> None:
    """Write the configuration folder of a new Home Assistant."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "configuration.yaml").write_text(
        _INTEGRATIONS.format(port=port) + more + _devices()
    )
    # The automation editor stores its automations here.
    (folder / "automations.yaml").write_text("[]\n")
    components = folder / "custom_components"
    components.mkdir(exist_ok=True)
    link = components / "hearken"
    if not link.is_symlink():
        link.symlink_to(ROOT / "custom_components" / "hearken")
    storage = folder / ".storage"
    storage.mkdir(exist_ok=True)
    # Home Assistant reverts a port in configuration.yaml after five minutes.
    _store(
        storage / "http",
        {
            "stable": {
                "server_host": ["127.0.0.1"],
                "server_port": port,
                "cors_allowed_origins": [],
                "login_attempts_threshold": -1,
                "ip_ban_enabled": True,
                "ssl_profile": "modern",
                "use_x_frame_options": True,
                "created_at": "2026-01-01T00:00:00+00:00",
                "error": None,
                "error_message": None,
            },
            "pending": None,
            "yaml_migration_done": True,
        },
        (2, 2),
    )
    # Only the user step is needed: the others require internet access.
    _store(
        storage / "onboarding",
        {"done": ["core_config", "analytics", "integration"]},
        (4, 1),
    )


def _store(path: Path, data: dict[str, object], version: tuple[int, int]) -> None:
    path.write_text(
        json.dumps(
            {
                "version": version[0],
                "minor_version": version[1],
                "key": path.name,
                "data": data,
            }
        )
    )


def _devices() -> str:
    """Return the YAML of all devices: templates on top of helpers."""
    switches = "".join(
        f"  {device.switch}:\n    initial: {str(device.on).lower()}\n"
        for device in (*LIGHTS, *FANS, *COVERS)
    )
    return (
        "input_boolean:\n"
        + switches
        + "  sim_heater:\n    initial: false\n"
        + "input_number:\n"
        + "  sim_temperature:\n    min: 0\n    max: 40\n    initial: 20.5\n"
        + "".join(
            f"  {light.switch}_level:\n    min: 0\n    max: 255\n    initial: 255\n"
            for light in LIGHTS
        )
        + "template:\n"
        + _section("light", [_light(device) for device in LIGHTS])
        + _section("fan", [_switched(device) for device in FANS])
        + _section("cover", [_cover(device) for device in COVERS])
        + _section("sensor", [_temperature()])
        + "climate:\n"
        + "  - platform: generic_thermostat\n"
        + f"    name: {THERMOSTAT.name}\n"
        + "    unique_id: sim_thermostat\n"
        + "    heater: input_boolean.sim_heater\n"
        + "    target_sensor: sensor.sim_temperature\n"
        + "    min_temp: 7\n    max_temp: 30\n    target_temp: 20\n"
        + "    initial_hvac_mode: heat\n"
    )


def _section(domain: str, items: list[str]) -> str:
    return f"  - {domain}:\n" + "".join(items)


def _head(device: Device) -> str:
    return (
        f"      - name: {device.name}\n"
        f"        unique_id: {device.switch}\n"
        f"        default_entity_id: {device.entity_id}\n"
    )


def _action(key: str, action: str, target: str, data: str = "") -> str:
    return (
        f"        {key}:\n"
        f"          - action: {action}\n"
        f"            target: {{ entity_id: {target} }}\n{data}"
    )


def _switched(device: Device) -> str:
    helper = f"input_boolean.{device.switch}"
    return (
        _head(device)
        + f"        state: \"{{{{ states('{helper}') }}}}\"\n"
        + _action("turn_on", "input_boolean.turn_on", helper)
        + _action("turn_off", "input_boolean.turn_off", helper)
    )


def _light(device: Device) -> str:
    level = f"input_number.{device.switch}_level"
    return (
        _switched(device)
        + f"        level: \"{{{{ states('{level}') | int }}}}\"\n"
        + _action(
            "set_level",
            "input_number.set_value",
            level,
            '            data: { value: "{{ brightness }}" }\n',
        )
        + "          - action: input_boolean.turn_on\n"
        + f"            target: {{ entity_id: input_boolean.{device.switch} }}\n"
    )


def _cover(device: Device) -> str:
    helper = f"input_boolean.{device.switch}"
    kind = "garage" if "garage" in device.entity_id else "blind"
    return (
        _head(device)
        + f"        device_class: {kind}\n"
        + f"        state: \"{{{{ is_state('{helper}', 'on') and 'open' "
        + "or 'closed' }}\"\n"
        + _action("open_cover", "input_boolean.turn_on", helper)
        + _action("close_cover", "input_boolean.turn_off", helper)
    )


def _temperature() -> str:
    return (
        "      - name: Kitchen temperature\n"
        "        unique_id: sim_temperature\n"
        "        default_entity_id: sensor.sim_temperature\n"
        "        device_class: temperature\n"
        '        unit_of_measurement: "°C"\n'
        "        state: \"{{ states('input_number.sim_temperature') }}\"\n"
    )

"""A robot vacuum: actions instead of settings, and a state that they lead to."""

from typing import Any, Final, override

from tests.simulators.miio.device import INVALID, UNKNOWN_METHOD, MiioDevice, Refusal

IDLE: Final = 3
CLEANING: Final = 5
RETURNING: Final = 6
CHARGING: Final = 8
PAUSED: Final = 10
SPOT: Final = 11

_LEADS_TO: Final = {
    "app_start": CLEANING,
    "app_spot": SPOT,
    "app_stop": IDLE,
    "app_pause": PAUSED,
    "app_charge": RETURNING,
}
_DAY_SECONDS: Final = 86_400
_BEGAN: Final = 1_760_000_000
_RECORD: Final = [_BEGAN, _BEGAN + 1_800, 1_800, 24_000_000, 0, 1]


class Vacuum(MiioDevice):
    """A robot vacuum with a dock."""

    firmware = "3.5.8_004028"

    def __init__(self, model: str, token: bytes, device_id: int = 1) -> None:
        """Start in the dock."""
        super().__init__(model, token, device_id)
        self.state = CHARGING
        self.fan_power = 60

    @property
    @override
    def on(self) -> bool:
        return self.state in {CLEANING, SPOT}

    @override
    def press(self, *, on: bool) -> None:
        self.state = CLEANING if on else CHARGING

    @override
    def carry_out(self, method: str, params: Any) -> Any:
        if method in _LEADS_TO:
            self.state = _LEADS_TO[method]
            return ["ok"]
        match method, params:
            case "find_me", _:
                return ["ok"]
            case "set_custom_mode", [int(power)] if 0 < power <= 100:
                self.fan_power = power
                return ["ok"]
            case "set_custom_mode", _:
                raise Refusal(INVALID, "invalid arg")
        reports = self._reports()
        if method not in reports:
            raise Refusal(UNKNOWN_METHOD, "Method not found.")
        return reports[method]

    def _reports(self) -> dict[str, Any]:
        """Return what it tells of itself."""
        return {
            "get_status": [
                {
                    "msg_ver": 2,
                    "msg_seq": 1,
                    "state": self.state,
                    "battery": 100,
                    "clean_time": 1_800,
                    "clean_area": 24_000_000,
                    "error_code": 0,
                    "map_present": 1,
                    "in_cleaning": int(self.on),
                    "fan_power": self.fan_power,
                    "dnd_enabled": 0,
                }
            ],
            "get_dnd_timer": [
                {
                    "start_hour": 22,
                    "start_minute": 0,
                    "end_hour": 8,
                    "end_minute": 0,
                    "enabled": 0,
                }
            ],
            "get_clean_summary": [_DAY_SECONDS, 960_000_000, 40, [_BEGAN]],
            "get_clean_record": [_RECORD],
            "get_consumable": [
                {
                    "main_brush_work_time": _DAY_SECONDS,
                    "side_brush_work_time": _DAY_SECONDS,
                    "filter_work_time": _DAY_SECONDS,
                    "sensor_dirty_time": _DAY_SECONDS,
                }
            ],
            "get_timer": [],
            "get_timezone": ["Europe/Berlin"],
        }

"""Hearken: local voice for Home Assistant, the speech server and satellite."""

import os
from typing import Final

from hearken_speech.without_av import stand_in

# Some libraries report usage to their makers unless told not to before they start.
_REPORTS: Final = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY")

for _report in _REPORTS:
    os.environ.setdefault(_report, "1")
stand_in()

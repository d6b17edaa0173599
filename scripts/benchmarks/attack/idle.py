"""No attack: wait, so that the honest client's delays can be compared."""

from __future__ import annotations

import sys
import time

if __name__ == "__main__":
    time.sleep(float(sys.argv[1]))
    print(0)

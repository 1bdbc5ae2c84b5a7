"""Never comes up, and says why."""

from __future__ import annotations

import json
import sys

if __name__ == "__main__":
    print(json.dumps({"level": "error", "message": "the coaching stand-in is out of order"}), file=sys.stderr)
    sys.exit(3)

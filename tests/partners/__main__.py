"""Try everything that a hostile partner might: `python -m tests.partners`; the last line is JSON."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.partners.programme import ATTEMPTS, try_all
from tests.partners.scene import own_broker


def main() -> int:
    """Run all attempts; 1 when one came through."""
    with own_broker() as stack:
        through = asyncio.run(try_all(stack))
    for name in through:
        print(f"came through: {name}")
    print(json.dumps({"attempts": len(ATTEMPTS), "succeeded": len(through)}))
    return 1 if through else 0


if __name__ == "__main__":
    sys.exit(main())

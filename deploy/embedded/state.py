"""What a stack remembers from start to start."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field

from deploy.embedded.home import Home, write_private
from deploy.embedded.troubles import DataDamaged


@dataclass
class State:
    """The ports once found, the passwords with which the services come to the broker, and its nodes.

    With the system's password a node can be told to read its configuration again, and nothing else.
    """

    ports: dict[str, int] = field(default_factory=dict)
    nats_password: str = field(default_factory=lambda: secrets.token_hex(16))
    nats_system_password: str = field(default_factory=lambda: secrets.token_hex(16))
    nats_nodes: int = 1


def load_state(home: Home) -> State:
    """The remembered state, or a new one at the first start.

    Raises:
        DataDamaged: the file is there and is not what we wrote.
    """
    try:
        text = home.state_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return State()
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(home) from error
    try:
        fields = json.loads(text)
        kept = State(
            ports={str(name): int(port) for name, port in fields["ports"].items()},
            nats_password=str(fields["nats_password"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(home) from error
    # What an earlier version wrote has none.
    kept.nats_system_password = str(fields.get("nats_system_password", kept.nats_system_password))
    return kept


def save_state(home: Home, state: State) -> None:
    """Remember it."""
    write_private(home.state_file, json.dumps(asdict(state), indent=2) + "\n")


def _damaged(home: Home) -> DataDamaged:
    return DataDamaged(
        f"The state file {home.state_file} cannot be read. It holds only the ports and the broker's "
        "password: delete it and start again, no answers are lost."
    )

"""Users' key pairs of NATS (nkeys): an Ed25519 seed that only its owner has, and its public half."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from nacl.signing import SigningKey

from shared.errors import Invalid

# The first letters are S for a seed and U for a user: https://github.com/nats-io/nkeys
SEED, USER = 18 << 3, 20 << 3


def make_pair() -> tuple[str, str]:
    """A fresh seed and its public key, as NATS writes them."""
    key = SigningKey.generate()
    seed = bytes([SEED | USER >> 5, (USER & 31) << 3]) + bytes(key)
    return _written(seed), _written(bytes([USER]) + bytes(key.verify_key))


def keep_seed(place: Path, seed: str) -> None:
    """Write a seed where only its owner can read it; never over a file that is there.

    Raises:
        Invalid: the file is there, or cannot be written.
    """
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(seed + "\n")
    except FileExistsError as error:
        raise Invalid(
            "credentials_there", f"The file {place} is there already. Move it away, or choose another place."
        ) from error
    except OSError as error:
        raise Invalid("credentials", f"The file {place} cannot be written: {error.strerror}.") from error


def _written(raw: bytes) -> str:
    whole = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("=")

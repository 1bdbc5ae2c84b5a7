"""Settings of a service process: environment variables that start with LATU_."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from pydantic import NonNegativeInt
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url


class Settings(BaseSettings):
    """What one service process needs to know about the world.

    `secret_file` holds the key from which every keyed hash is derived; it must outlive the data. Nought days
    of keeping are for ever. `partners_file` is where the campaign writes the broker's accounts of the
    partners, and `nats_system_url` is how it then has every node read them. `nats_monitor_url` is where the
    nodes tell of themselves. The addresses of the broker name a user; the password stands in them as well, or
    is in the file that belongs to them.
    """

    model_config = SettingsConfigDict(env_prefix="LATU_", frozen=True, extra="ignore")

    home: Path = Path(".latu")
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = ""
    staff_database_url: str = ""
    nats_url: str = "nats://127.0.0.1:4222"
    nats_system_url: str = ""
    nats_monitor_url: str = ""
    nats_password_file: Path | None = None
    nats_system_password_file: Path | None = None
    survey_url: str = "http://127.0.0.1:8001"
    coaching_url: str = "http://127.0.0.1:8002"
    model_url: str = "http://127.0.0.1:8003"
    campaign_url: str = "http://127.0.0.1:8004"
    partner_nats_url: str = ""
    partner_websocket_url: str = ""
    partners_file: Path | None = None
    secret_file: Path | None = None
    database_password_file: Path | None = None
    first_password_file: Path | None = None
    stream_replicas: int = 1
    stream_days: NonNegativeInt = 0
    outbox_days: NonNegativeInt = 0
    inbox_days: NonNegativeInt = 0
    database_connections: int = 10
    secure_cookies: bool = False
    webhook_loopback: bool = False
    log_level: str = "INFO"

    def key_for(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, derived from the secret (HMAC-SHA-256).

        Raises:
            FileNotFoundError: the secret file does not exist.
        """
        return hmac.digest(self._secret(), purpose.encode(), hashlib.sha256)

    def database(self, url: str) -> URL:
        """An address of a database, with the password from its file where there is one."""
        if self.database_password_file is None:
            return make_url(url)
        return make_url(url).set(password=_read_secret(self.database_password_file).decode())

    @property
    def broker_url(self) -> str:
        """Every node of the broker, with the password from its file where there is one."""
        return _with_password(self.nats_url, self.nats_password_file)

    @property
    def broker_system_url(self) -> str:
        """The same with the user that may have the nodes read their configuration again, or nothing."""
        return _with_password(self.nats_system_url, self.nats_system_password_file)

    def _secret(self) -> bytes:
        return _read_secret(self.secret_file or self.home / "secrets" / "key")


def _with_password(addresses: str, file: Path | None) -> str:
    if file is None:
        return addresses
    password = _read_secret(file).decode()
    return ",".join(address.replace("@", f":{password}@", 1) for address in addresses.split(","))


@lru_cache(maxsize=8)
def _read_secret(path: Path) -> bytes:
    return path.read_bytes().strip()

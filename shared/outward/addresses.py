"""Which addresses a request of ours may go to: public ones, over HTTPS, written in the plainest way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

from shared.errors import Invalid

Address = IPv4Address | IPv6Address

LONGEST_URL: Final = 2000
_URL: Final = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(/[!-~]*)?")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# What ends in a number is an address to every client, in one of many ways to write one (WHATWG URL, 3.5).
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_LONGEST_NAME: Final = 253
_SECURE_PORT: Final = 443
_FIRST_FREE_PORT: Final = 1024
_LAST_PORT: Final = 65_535
_HOME_NAMES: Final = frozenset(
    ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "onion", "arpa")
)

# IANA's registries of special addresses, multicast and what is reserved (RFC 6890 and what followed it).
_NOT_PUBLIC_V4: Final = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only what is given out to be reached by all. Mapped, NAT64, unique local, link-local and multicast
# addresses lie outside of it; what lies inside and leads elsewhere (6to4, Teredo) is taken out.
_GLOBAL_V6: Final = ip_network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is a name in small letters, or an address without brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The one way to write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _SECURE_PORT else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def is_public(address: Address) -> bool:
    """Whether everybody means the same machine by this address, and it is nobody's inner one."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    inside = address in _GLOBAL_V6 and address.scope_id is None
    return inside and not any(address in network for network in _NOT_PUBLIC_V6)


def may_reach(address: Address, *, loopback: bool = False) -> bool:
    """Whether a request may go to this address; with `loopback` only to this machine itself."""
    return address.is_loopback if loopback else is_public(address)


def checked_target(url: str, *, loopback: bool = False) -> Target:
    """The target that a URL names. With `loopback`, for tests, it must be this machine, and may be HTTP.

    Whether a name leads to a public address is not known before it is asked for: see `Poster`.

    Raises:
        Invalid: something about it is not allowed; says what.
    """
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None or "#" in url or "\\" in url:
        raise Invalid(
            "outward_url",
            "Give an address such as https://example.org/hook: https, a name in plain letters, no user, no "
            "password, no fragment, at most 2000 characters.",
        )
    scheme, host, port, path = found.groups()
    target = Target(
        scheme="http" if scheme == "http" else "https",
        host=_host(host.lower(), loopback=loopback),
        port=int(port) if port else _SECURE_PORT,
        path=path or "/",
    )
    _check_way(target, loopback=loopback)
    return target


def _check_way(target: Target, *, loopback: bool) -> None:
    if target.scheme != "https" and not loopback:
        raise Invalid("outward_scheme", "The address must begin with https://.")
    if target.port != _SECURE_PORT and not _FIRST_FREE_PORT <= target.port <= _LAST_PORT:
        raise Invalid("outward_port", "The port must be 443 or from 1024 to 65535.")


def _host(host: str, *, loopback: bool) -> str:
    plain = host.strip("[]")
    try:
        address = ip_address(plain)
    except ValueError:
        return _name(plain, bracketed=plain != host)
    if not may_reach(address, loopback=loopback):
        raise Invalid("outward_address", "The address does not lead to a machine that everybody can reach.")
    return str(address)


def _name(name: str, *, bracketed: bool) -> str:
    labels = name.split(".")
    good = not bracketed and len(name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    if not good or len(labels) == 1 or _NUMBER.fullmatch(labels[-1]) or labels[-1] in _HOME_NAMES:
        raise Invalid(
            "outward_host", "The address needs a whole name that everybody knows, such as example.org."
        )
    return name

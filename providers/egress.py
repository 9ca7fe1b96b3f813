"""The one door out: which addresses a connection may reach, decided on the resolved address.

The check runs when a socket is made, after DNS, so that no spelling of a URL and no
answer of a name server goes round it. Loopback, private, link-local, metadata,
multicast and translated (NAT64, SIIT, 6to4, Teredo) addresses are refused, unless a file
or the environment names them: never the database.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from contextvars import ContextVar

import msgspec
from aiohttp import AddrInfoType

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRANSLATED = tuple(
    ipaddress.ip_network(n)
    for n in (
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "::ffff:0:0:0/96",  # SIIT
        "2002::/16",  # 6to4
        "192.88.99.0/24",  # 6to4's relays
        "2001::/32",  # Teredo
        "::/96",
    )
)
# Not of the public internet, although Python's tables count them as global.
_NOT_GLOBAL = tuple(ipaddress.ip_network(n) for n in ("fec0::/10", "3fff::/20", "5f00::/16"))
# Cloud metadata services that answer on addresses which are global by number.
_METADATA = frozenset(
    ipaddress.ip_address(a) for a in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")
)
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc")


class AllowList(msgspec.Struct, frozen=True):
    """Origins (host, port) and networks that may be reached although they are not public."""

    origins: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str, origins: Iterable[tuple[str, int]] = ()) -> "AllowList":
        """From `LAKEHOUSE_EGRESS_ALLOW` ("10.0.0.0/8, llm.corp:8443") and the file's origins.

        Of the file's origins only those with a local name or a literal address
        count: a public name that suddenly resolves to a private address is an attack.
        Raises ValueError naming the entry that is neither a network nor host:port.
        """
        networks: list[Network] = []
        named: set[tuple[str, int]] = {(h, p) for h, p in origins if _is_local_name(h)}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            host, _, port = entry.rpartition(":")
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                if not host or not port.isdigit():
                    raise ValueError(
                        f"LAKEHOUSE_EGRESS_ALLOW: {entry!r} is neither a network "
                        "(10.0.0.0/8) nor host:port (llm.corp.example:8443)"
                    ) from None
                named.add((host.strip("[]").lower(), int(port)))
        return cls(origins=frozenset(named), networks=tuple(networks))


class Door(msgspec.Struct):
    """One exchange's permission; `refused` is set to the address that was turned away.

    The allow-list is read only when a connection is really made, so that an edit of
    its file counts for the next one.
    """

    allow: Callable[[], AllowList]
    origin: tuple[str, int]
    named_by_client: bool = False
    refused: str | None = None


_door: ContextVar[Door | None] = ContextVar("egress_door", default=None)


def open_door(
    allow: Callable[[], AllowList], host: str, port: int, *, named_by_client: bool = False
) -> Door:
    """Sets this task's permission for its next connection and returns it.

    A URL that a client named (an image) gets no exception from the provider file.
    """
    door = Door(allow, (host.lower(), port), named_by_client)
    _door.set(door)
    return door


def guarded_socket(info: AddrInfoType) -> socket.socket:
    """aiohttp's socket factory: a socket for an allowed address. Raises PermissionError."""
    family, kind, proto, _, address = info
    door = _door.get()
    if door is None or not permitted(str(address[0]), door):
        if door is not None:
            door.refused = str(address[0])
        raise PermissionError(f"egress to {address[0]} is refused")
    made = socket.socket(family=family, type=kind, proto=proto)
    made.setblocking(False)
    return made


def permitted(address: str, door: Door) -> bool:
    """Whether this exchange may connect to a resolved address."""
    ip = _plain(address)
    allow = door.allow()
    if _within(ip, allow.networks):
        return True
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if is_public(ip):
        return True
    translated = ip != ipaddress.ip_address("::1") and _within(ip, _TRANSLATED)
    named = not door.named_by_client and door.origin in allow.origins
    return named and not translated


def is_public(ip: Address) -> bool:
    """True for an address of the public internet that is not a translation of another."""
    return (
        ip.is_global
        and not ip.is_multicast
        and ip not in _METADATA
        and not _within(ip, _TRANSLATED)
        and not _within(ip, _NOT_GLOBAL)
    )


def _within(ip: Address, networks: Iterable[Network]) -> bool:
    return any(ip.version == n.version and ip in n for n in networks)


def _plain(address: str) -> Address:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip


def _is_local_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.lower().endswith(_LOCAL_SUFFIXES)
    return True

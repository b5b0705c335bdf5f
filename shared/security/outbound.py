"""
Where we may call: what a URL must look like, and what its host must resolve to.

Two checks, because a name says nothing about where it leads: `check_url` when the URL comes
in and again before each call, `check_address` for the very address that is connected to.
"""

import re
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from shared.errors import AddressRefused

# Microsoft's list of hosts of flows and Request triggers, sovereign clouds included. The hosts
# of Logic Apps Standard (<app>.azurewebsites.net) are not on it: anybody can have a name there,
# so such an app is listed by its full name.
DEFAULT_HOSTS = (
    "*.logic.azure.com",
    "*.api.powerplatform.com",
    "*.logic.azure.us",
    "*.api.gov.powerplatform.microsoft.us",
    "*.api.high.powerplatform.microsoft.us",
    "*.api.appsplatform.us",
    "*.logic.azure.cn",
    "*.api.powerplatform.partner.microsoftonline.cn",
)

MAX_URL_CHARS = 8192  # the API's limit for `callbackUrl`
MAX_HOST_CHARS = 253  # RFC 1035: 255 bytes on the wire
LOOPBACK = {"127.0.0.1": "127.0.0.1", "[::1]": "::1"}

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_PATTERN = re.compile(rf"(?:\*\.)?({_NAME.pattern})(?::([1-9][0-9]{{0,4}}))?")
# RFC 3986 without user information and fragment; nothing that two parsers could read apart.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:[/?][a-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*)?",
    re.IGNORECASE | re.ASCII,
)

# Addresses that count as global and still lead inside: Azure's platform address (reaches the
# host's own services from every machine), the anycast of 6to4 relays (RFC 7526), and the block
# for protocols (RFC 6890), of which Python before 3.11.10 takes only the first eight for private;
# another cloud's metadata lie in it.
_INSIDE_V4 = tuple(map(ip_network, ("168.63.129.16/32", "192.88.99.0/24", "192.0.0.0/24")))
# All of IPv6 that is handed out (IANA). Outside lie the mapped and NAT64 forms of IPv4.
_GLOBAL_V6 = ip_network("2000::/3")
# Teredo and 6to4 carry an IPv4 address, 2001:db8::/32 and 3fff::/20 are for documentation.
_INSIDE_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed; `host` is lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """
    `hosts`: `name`, `*.name` (any depth below, not the name itself), each with `:port` if not 443.

    `any_host`: the list does not count, only what an address must be like. `allow_loopback` is
    for development: http to 127.0.0.1 and ::1, by address, never by name.
    """

    hosts: tuple[str, ...] = DEFAULT_HOSTS
    allow_loopback: bool = False
    any_host: bool = False

    def anywhere(self) -> "OutboundRules":
        """
        The rules for what is only read, such as input images: any public host, at port 443.

        A list protects what we send out; nothing of ours goes out with a GET.
        """
        return replace(self, any_host=True)

    def __post_init__(self) -> None:
        for pattern in self.hosts:
            if not _PATTERN.fullmatch(pattern.lower()):
                raise ValueError("a host pattern must be like host.name, *.host.name or x.y:8443")

    def check_url(self, url: str) -> Target:
        """
        The parts of a URL that may be called.

        Raises:
            AddressRefused: why not, in a fixed sentence.
        """
        parts = _URL.fullmatch(url) if len(url) <= MAX_URL_CHARS else None
        if parts is None:
            raise AddressRefused(
                "The address is not a plain https URL of at most 8,192 characters."
            )
        scheme, host = parts["scheme"].lower(), parts["host"].lower()
        port = int(parts["port"] or (443 if scheme == "https" else 80))
        if port > 65535:
            raise AddressRefused("The port is not allowed for this host.")
        if self.allow_loopback and scheme == "http" and host in LOOPBACK:
            return Target(scheme, LOOPBACK[host], port, url)
        if scheme != "https":
            raise AddressRefused("The address must begin with https://.")
        self._check_name(host, port)
        return Target(scheme, host, port, url)

    def check_address(self, ip: str, target: Target) -> None:
        """
        Let an address pass that `target`'s host resolved to.

        Raises:
            AddressRefused: it leads inside, or is not the loopback address the URL names.
        """
        try:
            address = ip_address(ip)
        except ValueError:
            raise AddressRefused("The host resolved to something that is no address.") from None
        if target.host in LOOPBACK.values():
            allowed = self.allow_loopback and address == ip_address(target.host)
        else:
            allowed = is_public(address)
        if not allowed:
            raise AddressRefused("The host resolves to an address that is not public.")

    def _check_name(self, host: str, port: int) -> None:
        if not _NAME.fullmatch(host) or len(host) > MAX_HOST_CHARS or "xn--" in host:
            raise AddressRefused("The host must be a plain DNS name, not an IP address.")
        ports = [443] if self.any_host else [_port(pattern.lower(), host) for pattern in self.hosts]
        if not any(ports):
            raise AddressRefused("The host is not on the list in DARKROOM_CALLBACK_HOSTS.")
        if port not in ports:
            raise AddressRefused("The port is not allowed for this host.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is on the open Internet and hides no other address."""
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _INSIDE_V6)


def host_of(url: str) -> str:
    """Host and port as they stand in a URL, to tell hosts apart; nothing is checked."""
    return re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2].lower()


def masked(url: str) -> str:
    """Scheme and host of a URL, for logs; paths and queries of callbacks are credentials."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    host = re.sub(r":[0-9]*$", "", authority.rpartition("@")[2])
    readable = re.fullmatch(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]", host)
    known = scheme.lower() if scheme.lower() in ("http", "https") else "…"
    return f"{known}://{host if readable else ''}/…"


def _port(pattern: str, host: str) -> int | None:
    """The port `pattern` opens on `host`; None when it is another host's pattern."""
    name, _, port = pattern.partition(":")
    matches = host.endswith(name[1:]) if name.startswith("*.") else host == name
    return int(port or 443) if matches else None

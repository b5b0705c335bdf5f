"""Hosts that look like one thing and lead to another: whatever is accepted means one host."""

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from shared.errors import AddressRefused
from shared.security.outbound import OutboundRules, Target

RULES = OutboundRules()
LOCAL = OutboundRules(allow_loopback=True)
EVERY = (RULES, LOCAL, RULES.anywhere(), LOCAL.anywhere())
SUFFIXES = tuple(pattern.removeprefix("*") for pattern in RULES.hosts)
METADATA = IPv4Address("169.254.169.254")
LOOPBACK = ("http://127.0.0.1", "http://127.0.0.1:443", "http://[::1]")
WIDE = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))

# What parsers disagree about, between parts of hosts that are on the list.
PIECES = st.sampled_from(
    [
        *("a", "A", "xn--", "logic", "azure", "com", ".com", ".logic.azure.com", "127.0.0.1"),
        *("evil.com", "[::1]", "[", "]", "0x7f.1", "1", "é", "ß", "ｃ", "。", "．", "｡", "⒈"),  # noqa: RUF001
        *(".", "..", ":", "::", ":443", ":80", "@", "/", "//", "\\", "?", "#", "%", "%2e", "%00"),
        *(";", ",", "&", "=", "+", "-", "_", "~", "*", "'", "(", "|", "^", "`", "{", '"', "<"),
        *(" ", "\t", "\n", "\r", "\v", "\x00", "\x7f", "\u00a0", "\u00ad", "\u200b", "\u202e"),
    ]
)

TEXT = st.lists(PIECES, max_size=5).map("".join)
AROUND = TEXT | st.builds("{}a.logic.azure.com{}".format, TEXT, TEXT)


def accepted(rules: OutboundRules, url: str) -> Target | None:
    try:
        return rules.check_url(url)
    except AddressRefused:
        return None


def spellings(address: IPv4Address) -> list[str]:
    """The address as clients have been seen to read it."""
    number, (a, b, c, d) = int(address), address.packed
    low, lower = number & 0xFFFFFF, number & 0xFFFF
    dotted = str(address)
    hidden = [
        IPv6Address(prefix << 32 | number)
        for prefix in (0xFFFF, 0, 0xFFFF << 16, 0x64FF9B << 64, 0x64FF9B0001 << 48)
    ]
    return [
        *(
            dotted,
            f"{dotted}.",
            f".{dotted}",
            str(number),
            f"{number}.",
            hex(number),
            f"0{number:o}",
        ),
        *(f"{a}.{low}", f"{a}.{b}.{lower}", f"{a:#x}.{low:#x}", f"0{a:o}.{b}.{lower}"),
        *(".".join(hex(part) for part in (a, b, c, d)), ".".join(f"0{n:o}" for n in (a, b, c, d))),
        *(".".join(f"{n:#06x}" for n in (a, b, c, d)), ".".join(f"000{n:o}" for n in (a, b, c, d))),
        *(dotted.translate(WIDE), dotted.replace(".", "。"), dotted.replace(".", "．")),  # noqa: RUF001
        *(dotted.replace(".", "%2e"), f"%{ord(dotted[0]):x}{dotted[1:]}", f"{a}.{b}.{c}.{d + 256}"),
        *(f"[{one}]" for one in hidden),
        *(
            f"[::ffff:{dotted}]",
            f"[::{dotted}]",
            f"[::ffff:{dotted}%25eth0]",
            f"[fe80::1%{dotted}]",
        ),
        *(f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::]", f"[v1.{dotted}]", f"[{dotted}]"),
        *(
            f"a@{dotted}",
            f"a:b@{dotted}",
            f"a.logic.azure.com@{dotted}",
            f"{dotted}\\@logic.azure.com",
        ),
    ]


@given(
    st.ip_addresses(v=4), st.sampled_from(("http", "https")), st.sampled_from(("", ":443", ":80"))
)
@example(METADATA, "http", "")
@example(IPv4Address("127.0.0.1"), "http", ":80")
def test_no_address_in_any_spelling(address: IPv4Address, scheme: str, port: str) -> None:
    """Decimal, octal, hex, short, mapped, wide, escaped: an address is no host for us."""
    for host in spellings(address):
        url = f"{scheme}://{host}{port}"
        for rules in EVERY:
            found = accepted(rules, url)
            development = rules.allow_loopback and url.startswith(LOOPBACK)
            assert found is None or development, url


@given(AROUND, st.sampled_from(("https://", "HTTPS://", "https:", "http://")))
@example("a.logic.azure.com", "https://")
@example("a.logic.azure.com:443/x@evil.com?#", "https://")
def test_every_parser_sees_the_same_host(rest: str, scheme: str) -> None:
    """What passes has one host, whoever reads it: a name on the list, at its one port."""
    url = scheme + rest
    target = accepted(RULES, url)
    if target is None:
        return
    other = httpx.URL(url)
    assert {urlsplit(url).hostname, other.host, parse_url(url).host} == {target.host}
    assert target.host.endswith(SUFFIXES)
    assert (other.scheme, other.port or 443, target.port) == ("https", 443, 443)
    assert (other.userinfo, other.fragment) == (b"", "")


@pytest.mark.parametrize(
    "host",
    [
        "xn--logic-9sa.azure.com",  # an accent that is easily overlooked
        "a.xn--lgic-0ra.azure.com",
        "a.logic.xn--zure-8na.com",
        "a.logic.аzure.com",  # noqa: RUF001 - a Cyrillic letter
        "a.logic.azure.com\u200b",
        "a.logic.azure.ⅽom",  # noqa: RUF001 - a Roman numeral
        "a.logic.azure.cοm",  # noqa: RUF001 - a Greek letter
        "\u212a.logic.azure.com",  # the Kelvin sign, of which a k is the lower case
        "a.logic.azure.com/\u017f",  # an s of old
        "a.1ogic.azure.com",
        "a.logic.azure.com.",
        "a.logic.azure.co",
        "a.logic-azure.com",
        "alogic.azure.com",
    ],
)
def test_look_alikes(host: str) -> None:
    """A name that reads like a listed one is another one."""
    assert accepted(RULES, f"https://{host}/") is None

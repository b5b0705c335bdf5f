"""Where callbacks may go: names on the list, addresses on the open Internet."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AddressRefused
from shared.security.outbound import OutboundRules, Target, masked

RULES = OutboundRules()
LOCAL = OutboundRules(allow_loopback=True)
LISTED = OutboundRules(("hooks.contoso.com", "*.Contoso.net:8443"))
FLOW = Target("https", "prod-00.westeurope.logic.azure.com", 443, "https://…")


def refusal(url: str, rules: OutboundRules = RULES) -> str:
    with pytest.raises(AddressRefused) as caught:
        rules.check_url(url)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (
            "https://prod-00.westeurope.logic.azure.com:443/workflows/0f/triggers/manual/paths/"
            "invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_C~",
            "prod-00.westeurope.logic.azure.com",
        ),
        (
            "https://default0f.9a.environment.api.powerplatform.com:443/powerautomate/x?sig=1",
            "default0f.9a.environment.api.powerplatform.com",
        ),
        ("https://p.usgov.logic.azure.us/x", "p.usgov.logic.azure.us"),
        ("https://a.api.gov.powerplatform.microsoft.us", "a.api.gov.powerplatform.microsoft.us"),
        ("https://a.api.high.powerplatform.microsoft.us", "a.api.high.powerplatform.microsoft.us"),
        ("https://a.api.appsplatform.us?x", "a.api.appsplatform.us"),
        ("https://p.chinaeast.logic.azure.cn/", "p.chinaeast.logic.azure.cn"),
        (
            "https://e.api.powerplatform.partner.microsoftonline.cn/",
            "e.api.powerplatform.partner.microsoftonline.cn",
        ),
        ("HTTPS://Prod.Logic.Azure.COM/Path", "prod.logic.azure.com"),
    ],
)
def test_flows_of_every_cloud(url: str, host: str) -> None:
    """The forms of Logic Apps and Power Automate pass as they are."""
    assert Target("https", host, 443, url) == RULES.check_url(url)


RUN = "0f4c1d2e3b5a69788796a5b4c3d2e1f0"
SAS = "sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_C~"


@pytest.mark.parametrize(
    ("host", "rest"),
    [
        (
            "prod-00.westeurope.logic.azure.com",
            f":443/workflows/{RUN}/triggers/manual/paths/invoke/a/b?api-version=2016-06-01&{SAS}",
        ),
        (
            "prod-31.northeurope.logic.azure.com",
            f"/workflows/{RUN}/triggers/manual/run?api-version=2016-06-01&{SAS}",
        ),
        (
            "prod-00.usgovvirginia.logic.azure.us",
            f"/workflows/{RUN}/runs/085/actions/HTTP_Webhook/run?api-version=2016-06-01"
            "&sp=%2Fruns%2F085%2Factions%2FHTTP_Webhook%2Frun%2C%2Fruns%2F085%2Fread&sv=1.0&sig=x",
        ),
        (
            "a0b1c2.d3.environment.api.powerplatform.com",
            ":443/powerautomate/automations/direct/workflows/"
            f"{RUN}/triggers/manual/paths/invoke?api-version=1&{SAS}",
        ),
        (
            "default0f1e2d.3c.environment.api.powerplatform.com",
            ":443/powerautomate/automations/direct/cu/01/workflows/"
            f"{RUN}/triggers/manual/paths/invoke?api-version=1",
        ),
    ],
)
def test_addresses_of_flows(host: str, rest: str) -> None:
    """Every form in which a flow or a logic app gives its address out passes as it is."""
    url = f"https://{host}{rest}"

    assert RULES.check_url(url) == Target("https", host, 443, url)


def test_logic_apps_standard() -> None:
    """Their hosts are anybody's, so such an app is taken by its full name, and no other is."""
    url = (
        "https://{}.azurewebsites.net:443/runtime/webhooks/workflow/scaleUnits/prod-00/workflows/1"
    )
    rules = OutboundRules((*RULES.hosts, "flows-weu.azurewebsites.net"))

    assert rules.check_url(url.format("flows-weu")).port == 443
    assert "list" in refusal(url.format("flows-weu2"), rules)
    assert "list" in refusal(url.format("flows-weu"))


@pytest.mark.parametrize(
    "url",
    [
        "https://logic.azure.com/",
        "https://evil-logic.azure.com/",
        "https://evillogic.azure.com/",
        "https://a.logic.azure.com.evil.com/",
        "https://a.logic.azure.com./",
        "https://evil.com/.logic.azure.com",
        "https://evil.com?.logic.azure.com",
        "https://evil.com#.logic.azure.com",
        "https://evil.com\\.logic.azure.com/",
        "https://evil.com@a.logic.azure.com/",
        "https://a.logic.azure.com@evil.com/",
        "https://user:pass@a.logic.azure.com/",
        "https://a.logic.azure.com:443@evil.com/",
        "https://a.logic.azure.com:8443/",
        "https://a.logic.azure.com:80/",
        "https://a.logic.azure.com:/",
        "https://a.logic.azure.com:0443/",
        "https://a.logic.azure.com:65979/",
        "https://a.logic.azure.com/#fragment",
        "https://a.logic.azure.com/\r\nx: y",
        "https://a.logic.azure.com/\n",
        "https://a.logic.azure.com/\x00",
        "https://a.logic.azure.com/a b",
        "https://a.logic.azure.com/é",
        "\thttps://a.logic.azure.com/",
        "https://-a.logic.azure.com/",
        "https://a..logic.azure.com/",
        "https://*.logic.azure.com/",
        "https://a_b.logic.azure.com/",
        "https://%61.logic.azure.com/",
        "https://xn--80ak6aa92e.logic.azure.com/",
        "https://аpple.logic.azure.com/",  # noqa: RUF001 - a Cyrillic letter is the point
        "https://a。logic。azure。com/",
        "https:///a.logic.azure.com/",
        "https:a.logic.azure.com/",
        "//a.logic.azure.com/",
        "http://a.logic.azure.com/",
        "http://a.logic.azure.com:443/",
        "ftp://a.logic.azure.com/",
        "file:///etc/passwd",
        "https://" + "a." * 130 + "logic.azure.com/",
        "https://a.logic.azure.com/" + "x" * 8192,
        "",
        "https://",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    """No other host, port, scheme or spelling gets through, and no answer repeats the URL."""
    reason = refusal(url)

    assert reason.endswith(".")
    assert "azure" not in reason
    assert "evil" not in reason


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "8.8.8.8", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1"),
        *("[::1]", "[2001:4860:4860::8888]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "localhost"),
    ],
)
def test_hosts_that_are_addresses(host: str) -> None:
    """An address is no name, in whatever form it is written."""
    everything = OutboundRules(("*.example.com",), allow_loopback=True)

    refusal(f"https://{host}/", everything)
    refusal(f"https://{host}:443/", RULES)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:7071/hook?x=1", "127.0.0.1", 7071),
        ("http://127.0.0.1", "127.0.0.1", 80),
        ("http://[::1]:9000/", "::1", 9000),
    ],
)
def test_loopback_for_development(url: str, host: str, port: int) -> None:
    """Loopback by address is for development only."""
    assert Target("http", host, port, url) == LOCAL.check_url(url)
    refusal(url, RULES)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:7071/",
        "http://127.0.0.2/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::]/",
        "http://0.0.0.0/",
        "http://127.0.0.1:70000/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1@evil.com/",
        "http://169.254.169.254/metadata",
        "https://127.0.0.1/",
    ],
)
def test_other_forms_of_loopback_are_refused(url: str) -> None:
    """Names and other spellings stay refused in development too."""
    refusal(url, LOCAL)


def test_listed_names_and_ports() -> None:
    """A pattern opens one port: 443, or the one it names."""
    assert LISTED.check_url("https://hooks.contoso.com/x").port == 443
    assert LISTED.check_url("https://a.b.contoso.net:8443/x").port == 8443
    assert "port" in refusal("https://a.contoso.net/x", LISTED)
    assert "port" in refusal("https://hooks.contoso.com:8443/x", LISTED)
    assert "list" in refusal("https://x.hooks.contoso.com/", LISTED)


@pytest.mark.parametrize("host", ["pictures.example", "a.b.c.blob.core.windows.net"])
def test_anywhere(host: str) -> None:
    """To read from, any public name will do, at its usual port."""
    target = RULES.anywhere().check_url(f"https://{host}/a.png?sig=x")

    assert (target.host, target.port) == (host, 443)
    assert "list" in refusal(f"https://{host}/a.png")


@pytest.mark.parametrize(
    "url",
    [
        *("http://pictures.example/", "https://pictures.example:8443/", "https://10.0.0.1/"),
        *("https://localhost/", "https://a:b@pictures.example/", "http://127.0.0.1/"),
    ],
)
def test_not_quite_anywhere(url: str) -> None:
    """What an address must be like holds without a list too."""
    refusal(url, RULES.anywhere())


def test_anywhere_keeps_the_loopback_rule() -> None:
    """Development may read from its own machine, and nobody else may."""
    assert LOCAL.anywhere().check_url("http://127.0.0.1:81/a").port == 81


@pytest.mark.parametrize(
    "pattern", ["*", "*.com", "", "a*.contoso.com", "*.*.contoso.com", "https://a.b", "1.2.3.4"]
)
def test_patterns_that_open_too_much(pattern: str) -> None:
    """A pattern is a name, or everything below one that somebody owns."""
    with pytest.raises(ValueError):
        OutboundRules((pattern,))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_no_address_inside(address: IPv4Address | IPv6Address) -> None:
    """Whatever passes is global unicast by the registry's own account."""
    try:
        RULES.check_address(str(address), FLOW)
    except AddressRefused:
        return
    assert address.is_global
    assert not (address.is_multicast or address.is_reserved or address.is_unspecified)


@given(st.ip_addresses(v=4))
def test_no_address_hidden_in_another(inner: IPv4Address) -> None:
    """IPv6 forms that carry an IPv4 address are refused, whatever they carry."""
    number = int(inner)
    hidden = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(number),
        IPv6Address(int(ip_address("64:ff9b::")) | number),
        IPv6Address(int(ip_address("64:ff9b:1::")) | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x2001 << 112 | number),
    ]
    for address in hidden:
        with pytest.raises(AddressRefused):
            RULES.check_address(str(address), FLOW)


@pytest.mark.parametrize(
    "ip",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "2002:a9fe::1"),
        *("168.63.129.16", "192.88.99.1", "::", "::1", "fc00::1", "fe80::1", "fe80::1%eth0"),
        *("ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "fec0::1", "100::1", "2620::1%eth0"),
        *("", "nonsense", "127.1"),
    ],
)
def test_inside_addresses(ip: str) -> None:
    """Private, link-local, reserved and platform addresses are refused, loopback allowed or not."""
    for rules in (RULES, LOCAL):
        with pytest.raises(AddressRefused):
            rules.check_address(ip, FLOW)


@pytest.mark.parametrize("ip", ["20.50.1.2", "2603:1020::1"])
def test_public_addresses(ip: str) -> None:
    """Addresses of the open Internet pass."""
    RULES.check_address(ip, FLOW)


def test_loopback_address_for_a_loopback_target() -> None:
    """A loopback URL leads to the very address it names, and only where that is allowed."""
    target = LOCAL.check_url("http://127.0.0.1:7071/")

    LOCAL.check_address("127.0.0.1", target)
    for ip in ("::1", "127.0.0.2", "20.50.1.2"):
        with pytest.raises(AddressRefused):
            LOCAL.check_address(ip, target)
    with pytest.raises(AddressRefused):
        RULES.check_address("127.0.0.1", target)


def test_target_hides_its_url() -> None:
    """The URL of a callback is a credential and stays out of repr."""
    assert "sig=" not in repr(RULES.check_url("https://a.logic.azure.com/?sig=secret"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.logic.azure.com:443/x?sig=secret", "https://a.logic.azure.com/…"),
        ("HTTPS://user:secret@a.b?secret", "https://a.b/…"),
        ("http://[::1]:80/secret", "http://[::1]/…"),
        ("https://secret@h\\secret", "https://h/…"),
        ("https://secret@hé/", "https:///…"),
        ("secret", "…:///…"),
        ("", "…:///…"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    """Only scheme and host are left of a URL."""
    assert shown == masked(url)

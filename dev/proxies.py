"""
A company's proxy is for the way out: what talks to this machine goes past it.
"""

from collections.abc import MutableMapping

HERE = ("127.0.0.1", "localhost")
# Some programs read the one, some the other.
NAMES = ("NO_PROXY", "no_proxy")


def go_past_proxies(environment: MutableMapping[str, str]) -> None:
    """
    Whatever else is named there stays. Where macOS or Windows has a proxy of its own, Python's
    clients take the variable's word as well.
    """
    for name in NAMES:
        known = [host for host in environment.get(name, "").split(",") if host]
        environment[name] = ",".join([*known, *(one for one in HERE if one not in known)])

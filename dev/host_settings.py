"""
The Functions host's application settings on this machine.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.deployments import alt_text_setting, deployment_setting
from dev.keys import Keys
from dev.places import ROOT
from dev.ports import LOOPBACK
from dev.proxies import go_past_proxies

SAMPLE = ROOT / "local.settings.sample.json"
SIGNING_KID = "local"

ALL_ROLES = ("submit", "read", "readAll", "decide", "decideOwn", "operate", "erase")

# What a process needs to run at all. The rest of a developer's environment stays out, so
# that the app sees its settings and nothing else.
NEEDED_FROM_PARENT = frozenset(
    {"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    | {"TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"}
    | {"USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"}
)
NEEDED_PREFIXES = ("LC_", "PYTHON")


@dataclass(frozen=True)
class Places:
    """
    Where the parts of one system listen.
    """

    host_port: int
    simulator_port: int
    approver_port: int
    storage: str

    @property
    def api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.host_port}/api"

    @property
    def simulator_url(self) -> str:
        return f"http://{LOOPBACK}:{self.simulator_port}"

    @property
    def approver_url(self) -> str:
        return f"http://{LOOPBACK}:{self.approver_port}/hook"


def child_environment(parent: Mapping[str, str]) -> dict[str, str]:
    """
    The part of our environment that children get. Output is unbuffered: we wait for lines.
    """
    kept = {
        name: value
        for name, value in parent.items()
        if name.upper() in NEEDED_FROM_PARENT or name.upper().startswith(NEEDED_PREFIXES)
    }
    child = kept | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    go_past_proxies(child)
    return child


def host_environment(places: Places, keys: Keys) -> dict[str, str]:
    """
    All of the host's environment: process needs, the sample's settings, this system's own.
    """
    return child_environment(os.environ) | sample_values(SAMPLE) | own_values(places, keys)


def sample_values(file: Path) -> dict[str, str]:
    """
    Every setting with its safe local value.
    """
    return dict(json.loads(file.read_text(encoding="utf-8"))["Values"])


def own_values(places: Places, keys: Keys) -> dict[str, str]:
    """
    The settings that differ from start to start.
    """
    return {
        "AzureWebJobsStorage": places.storage,
        "DARKROOM_PUBLIC_URL": places.api_url,
        "DARKROOM_DEPLOYMENTS": json.dumps(deployment_setting(places.simulator_url, keys)),
        # The simulator screens, too.
        "DARKROOM_CONTENT_SAFETY": places.simulator_url,
        "DARKROOM_CONTENT_SAFETY_KEY": keys.simulator,
        "DARKROOM_ALT_TEXT_DEPLOYMENT": json.dumps(alt_text_setting(places.simulator_url, keys)),
        "DARKROOM_CALLERS": json.dumps(_callers(keys)),
        "DARKROOM_SIGNING_KEYS": json.dumps([{"kid": SIGNING_KID, "key": keys.signing}]),
        # Nothing but this machine is called. Addresses are no host patterns: loopback has its
        # own setting.
        "DARKROOM_CALLBACK_HOSTS": "[]",
        "DARKROOM_ALLOW_LOOPBACK": "1",
        # One process serves all functions here; the platform would spread them.
        "PYTHON_THREADPOOL_THREAD_COUNT": "128",
    }


def _callers(keys: Keys) -> list[dict[str, Any]]:
    def caller(name: str, key: str, roles: tuple[str, ...]) -> dict[str, Any]:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return {"name": name, "keySha256": digest, "roles": list(roles)}

    return [
        caller("local-admin", keys.function, ALL_ROLES),
        caller("local-reader", keys.read_only, ("read",)),
    ]

"""
Before anything is made: may we, is everything there in these regions, is quota left, are the
names free and short enough?

Names every fault at once. Makes the operator's key on the first run; only its digest is deployed.
With nothing in the way an app that runs is drained, since new settings restart it.
"""

import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import drain
import elsewhere
import leftovers
import offers
from recall import recall
from tools import KEY, HookFailed, Pause, az, remember, sleep, wanted

PARAMETERS = Path(__file__).parent.parent / "main.parameters.json"
# Those that templates alone do not register, and those whose offers are asked for before.
PROVIDERS = ("Microsoft.App", "Microsoft.Web", "Microsoft.EventGrid", "Microsoft.CognitiveServices")
MAX_NAME_CHARS = 32
# modules/host_storage.bicep
HOST_SKU = "Standard_ZRS"
# azd fills these in itself, or leaves them empty; the digest is made below.
KNOWN = re.compile(rf"AZURE_(ENV_NAME|PRINCIPAL_ID|PRINCIPAL_TYPE)|{KEY}_SHA256")


def main(pause: Pause = sleep) -> int:
    try:
        if not os.environ.get("DARKROOM_API_URL") and recall(_group()):
            print("  azd knows the app and its operator's key.")
        faults = list(_faults())
        _make_key()
    except HookFailed as failed:
        faults = [str(failed)]
    for fault in faults:
        print(f"  not ready: {fault}", file=sys.stderr)
    if faults:
        return 1
    print("  ready: names, regions, models and quota are fine.")
    return drain.main(pause)


def _faults() -> Iterator[str]:
    text = PARAMETERS.read_text(encoding="utf-8")
    given = {name: one["value"] for name, one in json.loads(text)["parameters"].items()}
    yield from _name_faults()
    yield from _given_faults(text)
    yield from _account_faults()
    yield from _provider_faults()
    yield from elsewhere.faults(given["imageDeployments"], given.get("moreDeployments") or [])
    if place := os.environ.get("AZURE_LOCATION"):
        yield from _place_faults(place, zones=bool(given.get("zoneRedundant")))
        for sku in dict.fromkeys((HOST_SKU, given.get("storageSku") or HOST_SKU)):
            yield from _storage_faults(place, sku)
    region = os.environ.get("DARKROOM_MODEL_LOCATION") or "swedencentral"
    group = _group()
    yield from offers.model_faults(_deployments(given), region, group)
    if given.get("contentSafety"):
        yield from offers.safety_faults(given.get("contentSafetyLocation") or region)
    yield from leftovers.faults(group)


def _group() -> str:
    return f"rg-{wanted('AZURE_ENV_NAME')}"


def _deployments(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Of one account all of them: a chat model's quota and regions are looked up alike."""
    chat = given.get("altTextDeployment")
    return [*given["imageDeployments"], *([chat] if chat else [])]


def _name_faults() -> Iterator[str]:
    name = wanted("AZURE_ENV_NAME")
    if len(name) > MAX_NAME_CHARS:
        yield f"the environment's name has {len(name)} characters; at most {MAX_NAME_CHARS}."


def _given_faults(text: str) -> Iterator[str]:
    """What the parameters take from azd, without a value of their own, and azd does not have."""
    for name in dict.fromkeys(re.findall(r"\$\{(\w+)\}", text)):
        if not KNOWN.fullmatch(name) and not os.environ.get(name):
            yield f"{name} is not known: azd env set {name} VALUE"


def _account_faults() -> Iterator[str]:
    """`az` and azd sign in apart from each other."""
    azds, ours = os.environ.get("AZURE_SUBSCRIPTION_ID"), az("account", "show", "--query", "id")
    if azds and azds != ours:
        yield f"az works in the subscription {ours}: az account set --subscription {azds}"


def _provider_faults() -> Iterator[str]:
    for provider in PROVIDERS:
        state = az("provider", "show", "--namespace", provider, "--query", "registrationState")
        if state != "Registered":
            yield f"{provider} is {state}: az provider register --namespace {provider}"


def _place_faults(region: str, *, zones: bool) -> Iterator[str]:
    """Flex Consumption is not in every region."""
    asked = ("--zone-redundant", "true") if zones else ()
    flex = az("functionapp", "list-flexconsumption-locations", *asked) or []
    if region not in {place["name"] for place in flex}:
        over = " over several zones" if zones else ""
        yield f"Flex Consumption{over} is not in {region}: azd env set AZURE_LOCATION REGION"


def _storage_faults(region: str, sku: str) -> Iterator[str]:
    storage = az("storage", "sku", "list", "--query", f"[?name=='{sku}'].locations[]") or []
    if region not in {place.lower() for place in storage}:
        yield f"storage of the kind {sku} is not in {region}."


def _make_key() -> None:
    """Nothing when there is one."""
    if not os.environ.get(KEY):
        remember(KEY, secrets.token_urlsafe(40))
    digest = hashlib.sha256(wanted(KEY).encode()).hexdigest()
    remember(f"{KEY}_SHA256", digest)


if __name__ == "__main__":
    raise SystemExit(main())

"""
Before anything is made: is the image model in this region, is quota left, are names short enough?

Names every fault at once. Makes the operator's key on the first run; only its digest is deployed.
"""

import hashlib
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import KEY, HookFailed, az, remember, wanted

PARAMETERS = Path(__file__).parent.parent / "main.parameters.json"
PROVIDERS = ("Microsoft.App", "Microsoft.Web", "Microsoft.EventGrid", "Microsoft.CognitiveServices")
MAX_NAME_CHARS = 32


def main() -> int:
    try:
        region = os.environ.get("DARKROOM_MODEL_LOCATION") or "swedencentral"
        faults = [*_name_faults(), *_provider_faults(), *_model_faults(region)]
        _make_key()
    except HookFailed as failed:
        faults = [str(failed)]
    for fault in faults:
        print(f"  not ready: {fault}", file=sys.stderr)
    if not faults:
        print(f"  ready: model, quota and names are fine for {region}.")
    return 1 if faults else 0


def _name_faults() -> Iterator[str]:
    name = wanted("AZURE_ENV_NAME")
    if len(name) > MAX_NAME_CHARS:
        yield f"the environment's name has {len(name)} characters; at most {MAX_NAME_CHARS}."


def _provider_faults() -> Iterator[str]:
    for provider in PROVIDERS:
        state = az("provider", "show", "--namespace", provider, "--query", "registrationState")
        if state != "Registered":
            yield f"{provider} is {state}: az provider register --namespace {provider}"


def _model_faults(region: str) -> Iterator[str]:
    offered = az("cognitiveservices", "model", "list", "--location", region)
    used = az("cognitiveservices", "usage", "list", "--location", region)
    ours = _deployed(f"rg-{wanted('AZURE_ENV_NAME')}")
    for one in deployments():
        yield from _offer_faults(one, offered, region)
        yield from _quota_faults(one, used, ours.get(one["name"], 0), region)


def _deployed(group: str) -> dict[str, float]:
    """What our own deployments take of the quota already: no reason not to deploy them again."""
    if not az("group", "exists", "--name", group):
        return {}
    accounts = az("cognitiveservices", "account", "list", "--resource-group", group) or []
    found = [
        one
        for account in accounts
        for one in az(
            *("cognitiveservices", "account", "deployment", "list"),
            *("--resource-group", group, "--name", account["name"]),
        )
    ]
    return {one["name"]: one["sku"]["capacity"] for one in found}


def deployments() -> list[dict[str, Any]]:
    parameters = json.loads(PARAMETERS.read_text(encoding="utf-8"))["parameters"]
    return list(parameters["imageDeployments"]["value"])


def _offer_faults(
    one: Mapping[str, Any], offered: list[dict[str, Any]], region: str
) -> Iterator[str]:
    found = [
        each["model"]
        for each in offered
        if (each["model"]["name"], each["model"]["version"]) == (one["model"], one["version"])
    ]
    if not found:
        yield f"{one['model']} {one['version']} is not in {region}, or needs a form."
    elif all(sku["name"] != one["sku"] for model in found for sku in model.get("skus", [])):
        yield f"{one['model']} {one['version']} has no {one['sku']} in {region}."


def _quota_faults(
    one: Mapping[str, Any], used: list[dict[str, Any]], ours: float, region: str
) -> Iterator[str]:
    name = f"OpenAI.{one['sku']}.{one['model']}"
    quota = next((each for each in used if each["name"]["value"] == name), None)
    if quota is None:
        yield f"there is no quota named {name} in {region}: ask for it."
        return
    left = quota["limit"] - quota["currentValue"] + ours
    if left < one["capacity"]:
        yield f"{name} in {region} has {left:g} left; {one['capacity']} are asked for."


def _make_key() -> None:
    """Nothing when there is one."""
    if not os.environ.get(KEY):
        remember(KEY, secrets.token_urlsafe(40))
    digest = hashlib.sha256(wanted(KEY).encode()).hexdigest()
    remember(f"{KEY}_SHA256", digest)


if __name__ == "__main__":
    raise SystemExit(main())

"""What Azure offers in a region: image models with their quota, and Content Safety."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools import az

SAFETY_SKU = "S0"


def model_faults(
    deployments: Sequence[Mapping[str, Any]], region: str, group: str
) -> Iterator[str]:
    offered = az("cognitiveservices", "model", "list", "--location", region) or []
    used = az("cognitiveservices", "usage", "list", "--location", region) or []
    ours = _deployed(group)
    asked, held = Counter[str](), Counter[str]()
    for one in deployments:
        found = [each["model"] for each in offered if _is(each["model"], one)]
        skus = [sku for model in found for sku in model.get("skus") or []]
        offer = next((sku for sku in skus if sku["name"] == one["sku"]), None)
        if not found:
            yield f"{one['model']} {one['version']} is not in {region}, or needs a form."
        elif offer is None:
            yield f"{one['model']} {one['version']} has no {one['sku']} in {region}."
        name = (offer or {}).get("usageName") or f"OpenAI.{one['sku']}.{one['model']}"
        asked[name] += one["capacity"]
        held[name] += ours.get(one["name"], 0)
    for name, capacity in asked.items():
        yield from _quota_faults(name, capacity, held[name], used, region)


def _is(model: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    return (model["name"], model["version"]) == (one["model"], one["version"])


def _deployed(group: str) -> dict[str, int]:
    """What our own deployments take of the quota already: no reason not to deploy them again."""
    if not az("group", "exists", "--name", group):
        return {}
    accounts = az("cognitiveservices", "account", "list", "--resource-group", group) or []
    found = [
        one
        for account in accounts
        if account.get("kind") == "OpenAI"
        for one in az(
            *("cognitiveservices", "account", "deployment", "list"),
            *("--resource-group", group, "--name", account["name"]),
        )
    ]
    return {one["name"]: one["sku"]["capacity"] for one in found}


def _quota_faults(
    name: str, asked: int, ours: int, used: Sequence[dict[str, Any]], region: str
) -> Iterator[str]:
    """
    Of all deployments together that count against it.

    A model with limited access has no quota, or one of 0, until its form is answered.
    """
    quota = next((each for each in used if each["name"]["value"] == name), None)
    if quota is None:
        yield f"there is no quota named {name} in {region}: ask for it, or for access to the model."
        return
    left = quota["limit"] - quota["currentValue"] + ours
    if left < asked:
        yield f"{name} in {region} has {left:g} left; {asked} are asked for."


def safety_faults(region: str) -> Iterator[str]:
    asked = ("--kind", "ContentSafety", "--location", region)
    skus = az("cognitiveservices", "account", "list-skus", *asked) or []
    if SAFETY_SKU not in {sku["name"] for sku in skus}:
        yield f"Content Safety is not in {region}: give another contentSafetyLocation."

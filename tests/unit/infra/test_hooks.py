"""The hooks of a deployment, run as azd runs them, with an `az` that answers from a script."""

import hashlib
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.infra.deployed import App
from tests.unit.infra.machine import (
    HERE,
    HOOKS,
    MODEL,
    NAMES,
    OPERATOR,
    QUOTA,
    READ,
    READS,
    READY,
    VAULT,
    Machine,
)


def test_ready(machine: Machine) -> None:
    """With all of it there, the operator's key is made; its digest is what is deployed."""
    machine.answers(READY)
    done = machine.run("preflight.py", **HERE)

    key = machine.remembered["DARKROOM_OPERATOR_KEY"]
    digest = hashlib.sha256(key.encode()).hexdigest()
    assert done.returncode == 0, done.stderr
    assert machine.remembered["DARKROOM_OPERATOR_KEY_SHA256"] == digest
    assert key not in done.stdout + done.stderr
    assert key not in json.dumps([words for _, words, _ in machine.calls])


def test_every_fault_at_once(machine: Machine) -> None:
    """Whatever is in the way of a deployment is named before anything is made."""
    machine.answers(
        [
            ("provider show --namespace Microsoft.App", "NotRegistered"),
            ("cognitiveservices model list", []),
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 5}]),
            *READY,
        ]
    )
    elsewhere = {"AZURE_LOCATION": "westus", "AZURE_SUBSCRIPTION_ID": "subscription-2"}
    done = machine.run("preflight.py", AZURE_ENV_NAME="x" * 33, **elsewhere)

    assert done.returncode == 1
    for fault in (
        "33 characters",
        "az account set --subscription subscription-2",
        "Microsoft.App is NotRegistered",
        "Flex Consumption is not in westus",
        "kind Standard_ZRS is not in westus",
        "gpt-image-2 2026-04-21 is not in swedencentral",
        "has 1 left",
    ):
        assert fault in done.stderr, fault


@pytest.mark.parametrize(
    ("skus", "mail", "code", "said"),
    [
        ([{"name": "S0"}], "ops@contoso.com", 0, "ready"),
        ([{"name": "F0"}], "ops@contoso.com", 1, "Content Safety is not in swedencentral"),
        ([{"name": "S0"}], "", 1, "azd env set DARKROOM_ALERT_EMAIL VALUE"),
    ],
)
def test_production_asks_for_more(
    machine: Machine, skus: list[dict[str, str]], mail: str, code: int, said: str
) -> None:
    """The hardened parameters need Content Safety, zones, quota for more, and an address."""
    machine.takes_production()
    quota = ("cognitiveservices usage list", [QUOTA | {"currentValue": 0}])
    machine.answers([quota, ("cognitiveservices account list-skus", skus), *READY])
    done = machine.run("preflight.py", DARKROOM_ALERT_EMAIL=mail, **HERE)

    asked = [words for _, words, _ in machine.calls if "list-flexconsumption-locations" in words]
    assert done.returncode == code and said in done.stdout + done.stderr, done.stderr
    assert asked[0][2:4] == ["--zone-redundant", "true"]


def parameters_of(machine: Machine, **given: Any) -> None:
    """The small parameters with these beside them."""
    machine.takes_production()
    text = (HOOKS.parent / "main.parameters.json").read_text(encoding="utf-8")
    parameters = json.loads(text)
    parameters["parameters"] |= {name: {"value": value} for name, value in given.items()}
    (machine.hooks.parent / "main.parameters.json").write_text(json.dumps(parameters))


IMAGES = {
    "model": "gpt-image-2",
    "version": "2026-04-21",
    "sku": "GlobalStandard",
    "requestsPerMinute": 4,
}


@pytest.mark.parametrize(("limit", "code"), [(8, 0), (7, 1)])
def test_quota_for_all_together(machine: Machine, limit: int, code: int) -> None:
    """Two deployments of a model and SKU share its quota, as an account's share a region's."""
    both = [IMAGES | {"name": name, "capacity": 4} for name in ("a", "b")]
    parameters_of(machine, imageDeployments=both)
    quota = QUOTA | {"limit": limit, "currentValue": 0}
    machine.answers([("cognitiveservices usage list", [quota]), *READY])
    done = machine.run("preflight.py", **HERE)

    assert done.returncode == code, done.stderr
    assert code == 0 or "has 7 left; 8 are asked for" in done.stderr


ELSEWHERE = {
    "name": "second",
    "endpoint": "https://oai-second.openai.azure.com",
    "deployment": "gpt-image-2",
    "model": "gpt-image-2",
    "requestsPerMinute": 4,
}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (ELSEWHERE, ""),
        (ELSEWHERE | {"apiKey": "planted-key"}, "second has an apiKey"),
        (ELSEWHERE | {"name": "gpt-image-2"}, "two deployments are named gpt-image-2"),
        (ELSEWHERE | {"model": ""}, "second has no model"),
    ],
)
def test_deployments_of_other_accounts(machine: Machine, entry: dict[str, Any], said: str) -> None:
    """An entry that would keep the app from starting, or show a key, is told of before."""
    parameters_of(machine, moreDeployments=[entry])
    machine.answers(READY)
    done = machine.run("preflight.py", **HERE)

    assert done.returncode == bool(said), done.stderr
    assert said in done.stderr and "planted-key" not in done.stdout + done.stderr


def test_storage_in_a_second_region(machine: Machine) -> None:
    """The kind of storage that is asked for has to be in the region, too."""
    parameters_of(machine, storageSku="Standard_GZRS")
    nowhere: tuple[str, list[str]] = ("storage sku list --query [?name=='Standard_GZRS']", [])
    machine.answers([nowhere, *READY])
    done = machine.run("preflight.py", **HERE)

    assert done.returncode == 1 and "Standard_GZRS is not in swedencentral" in done.stderr


def test_a_model_for_alt_texts(machine: Machine) -> None:
    """Where one is wanted, it has to be in the region too, with quota left."""
    machine.takes_production()
    parameters = machine.hooks.parent / "main.parameters.json"
    given = json.loads(parameters.read_text())
    chat = {"name": "alt", "model": "gpt-5-mini", "version": "2025-08-07"}
    offer = {"sku": "GlobalStandard", "capacity": 50}
    given["parameters"]["altTextDeployment"] = {"value": chat | offer}
    parameters.write_text(json.dumps(given))
    there = {"name": chat["model"], "version": chat["version"], "skus": MODEL["skus"]}
    quota = {"name": {"value": "OpenAI.GlobalStandard.gpt-5-mini"}, "limit": 50, "currentValue": 0}
    others = [("cognitiveservices account list-skus", [{"name": "S0"}]), *READY]
    enough = ("cognitiveservices usage list", [QUOTA | {"currentValue": 0}, quota])
    offered = ("cognitiveservices model list", [{"model": MODEL}, {"model": there}])
    mail = {"DARKROOM_ALERT_EMAIL": "ops@contoso.com"}

    machine.answers([enough, *others])
    missing = machine.run("preflight.py", **HERE, **mail)
    machine.answers([enough, offered, *others])
    good = machine.run("preflight.py", **HERE, **mail)

    assert "gpt-5-mini 2025-08-07 is not in swedencentral" in missing.stderr
    assert (missing.returncode, good.returncode) == (1, 0), good.stderr


def test_deployed_again(machine: Machine) -> None:
    """What an earlier deployment of ours takes of the quota does not stop the next one."""
    mine = {"name": "gpt-image-2", "sku": {"capacity": 2}}
    accounts = [{"name": "oai-1", "kind": "OpenAI"}, {"name": "cs-1", "kind": "ContentSafety"}]
    machine.answers(
        [
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 6}]),
            *READY,
            ("group exists --name rg-dev", True),
            ("cognitiveservices account list --resource-group", accounts),
            ("cognitiveservices account deployment list", [mine]),
        ]
    )

    assert machine.run("preflight.py", **HERE).returncode == 0
    assert machine.run("preflight.py", **HERE | {"AZURE_ENV_NAME": "other"}).returncode == 1
    lists = [words for _, words, _ in machine.calls if words[1:4:2] == ["account", "list"]]
    assert {words[words.index("--name") + 1] for words in lists if "--name" in words} <= {"oai-1"}


def test_names_that_a_deleted_environment_keeps(machine: Machine) -> None:
    """A vault and an account of the same environment are in the way, each with its way out."""
    place = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.KeyVault/vaults/kv"
    vaults = [
        {"name": name, "properties": {"vaultId": place.format(group), "location": "westeurope"}}
        for name, group in (("kv-1", "RG-dev"), ("kv-2", "rg-dev2"))
    ]
    account = {
        "name": "oai-1",
        "location": "swedencentral",
        "id": "/subscriptions/s/providers/Microsoft.CognitiveServices/locations/swedencentral"
        "/resourceGroups/rg-dev/deletedAccounts/oai-1",
    }
    machine.answers(
        [
            *READY,
            ("keyvault list-deleted", vaults),
            ("cognitiveservices account list-deleted", [account]),
        ]
    )
    done = machine.run("preflight.py", **HERE)

    assert done.returncode == 1
    assert "az keyvault recover --name kv-1 --resource-group rg-dev" in done.stderr
    assert "account purge --name oai-1 --resource-group rg-dev" in done.stderr
    assert "kv-2" not in done.stderr


def stored(machine: Machine) -> list[dict[str, str]]:
    """The signing keys as they went into the vault, whichever way."""
    for _, words, files in machine.calls:
        if words[:3] == ["keyvault", "secret", "set"]:
            return list(json.loads(files[-1]))
        if "vaults/kv-1/secrets/signing-keys" in " ".join(words):
            return list(json.loads(json.loads(files[-1])["properties"]["value"]))
    return []


def test_first_signing_key(machine: Machine) -> None:
    """An empty vault gets one key of 32 bytes; no secret is in anybody's list of processes."""
    machine.answers([READS])
    done = machine.run("keys.py", **NAMES)

    assert done.returncode == 0, done.stderr
    assert [len(one["key"]) for one in stored(machine)] == [44]
    arguments = json.dumps([words for _, words, _ in machine.calls])
    assert stored(machine)[0]["key"] not in arguments
    assert NAMES["DARKROOM_OPERATOR_KEY"] not in arguments
    assert not [held for *_, files in machine.calls for held in files if Path(held).exists()]


def test_first_key_asks_nothing_of_a_closed_vault(machine: Machine) -> None:
    """The first deployment of a private network may come from outside of it."""
    machine.answers([READS])
    machine.run("keys.py", **NAMES)

    programs = {words[0] for _, words, _ in machine.calls}
    assert programs == {"rest"}


def test_app_reads_the_first_key(machine: Machine) -> None:
    """The platform is told to read the vault again after the key is there, and did."""
    machine.answers([READS])
    machine.run("keys.py", **NAMES)

    said = [" ".join(words) for _, words, _ in machine.calls]
    put = next(k for k, one in enumerate(said) if "secrets/signing-keys" in one)
    again = next(k for k, one in enumerate(said) if "appsettings/refresh" in one)
    assert put < again and said[again].startswith("rest --method post")


@pytest.mark.parametrize(("flag", "kids"), [("--rotate", 2), ("--retire", 1), ("", 0)])
def test_rotation(machine: Machine, app: App, flag: str, kids: int) -> None:
    """A new key comes before the old one, which goes on verifying until it is retired."""
    old = {"kid": "k1", "key": "b2xk"}
    machine.answers(
        [
            (VAULT, ["signing-keys"]),
            ("keyvault secret show", {"value": json.dumps([old])}),
            READS,
        ]
    )
    done = machine.run("keys.py", *([flag] if flag else []), DARKROOM_API_URL=app.url, **NAMES)

    found = stored(machine)
    assert done.returncode == 0 and len(found) == kids, done.stderr
    assert not found or found[-1] == old


def test_operators_key_waits_for_the_code(machine: Machine, app: App) -> None:
    """Before the first deployment it is not taken, and nobody minds; later that is a fault."""
    machine.answers([READS, (OPERATOR, {"fails": "BadRequest"})])

    assert machine.run("keys.py", **NAMES).returncode == 0
    done = machine.run("keys.py", DARKROOM_API_URL=app.url, **NAMES)
    assert done.returncode == 1 and "BadRequest" in done.stderr


def test_a_program_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault with a name, not a trace that nobody can read."""
    monkeypatch.syspath_prepend(str(HOOKS))
    monkeypatch.setenv("PATH", machine.environment["PATH"])
    tools = importlib.import_module("tools")
    monkeypatch.setattr(tools, "TIMEOUT_S", 0.001)

    with pytest.raises(tools.HookFailed, match="az account show --output: no answer"):
        tools.az("account", "show")


def test_looks_until_it_came_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before the first pause, and once more after the last."""
    monkeypatch.syspath_prepend(str(HOOKS))
    tools = importlib.import_module("tools")
    seen, pauses = iter([False, False, True]), list[float]()

    assert tools.until(lambda: next(seen), 20, 10, pauses.append) and pauses == [10, 10]
    assert not tools.until(lambda: False, 20, 10, pauses.append) and len(pauses) == 4


@pytest.mark.parametrize(
    ("references", "said"),
    [
        ([READ], "Resolved"),
        ([READ | {"name": "func-1/DARKROOM_SIGNING_KEYS"}], "Resolved"),
        (
            [READ | {"properties": {"status": "SecretNotFound", "details": "none"}}],
            "SecretNotFound (none)",
        ),
        ([READ | {"name": "OTHER"}], "DARKROOM_SIGNING_KEYS is no reference"),
    ],
)
def test_what_the_platform_says_of_the_keys(
    monkeypatch: pytest.MonkeyPatch, references: list[dict[str, Any]], said: str
) -> None:
    """Whether it has read them, and what is in the way where it has not."""
    monkeypatch.syspath_prepend(str(HOOKS))

    assert importlib.import_module("references").state(references) == said

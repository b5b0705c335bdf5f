"""The templates against the code's own tables: what is deployed is what the app needs."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dev.infra_tables import THREADS, made, retention
from shared.domain import names
from shared.security.callers import Role
from shared.setting_alt_text import ChatEntry
from shared.setting_entries import DeploymentEntry, parse_callers
from shared.setting_table import SETTINGS
from tests.unit.infra.azure_tables import ROLES as ROLE_IDS
from tests.unit.infra.templates import INFRA, MAIN, MODULES, module, parsed, path_of, resources

ROOT = INFRA.parent
# What the platform and its telemetry read, and the app does not.
PLATFORMS = {
    "AzureWebJobsStorage__tableServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_THREADPOOL_THREAD_COUNT",
}
# Connection strings, keys, and what is for development: Azure has identities and the vault.
UNDEPLOYED = {
    "AzureWebJobsStorage",
    "DARKROOM_STORAGE",
    "DARKROOM_EVENT_GRID_TOPIC_KEY",
    "DARKROOM_CONTENT_SAFETY_KEY",
    "DARKROOM_ALLOW_LOOPBACK",
}
# Refused or ignored on Flex Consumption.
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings
NOT_ON_FLEX = re.compile(
    "FUNCTIONS_(EXTENSION_VERSION|WORKER_.*|MAX_HTTP_CONCURRENCY)|SCM_DO_BUILD_.*|ENABLE_ORYX_.*|"
    "WEBSITE_(RUN_FROM_PACKAGE|CONTENT.*|DNS_SERVER|MAX_DYNAMIC_.*|VNET_ROUTE_ALL|TIME_ZONE)|TZ"
)
# The identity of the app, resource by resource: nothing that is not here.
ROLES = {
    ("data_storage", "Storage Blob Data Contributor"),
    ("data_storage", "Storage Blob Delegator"),
    ("data_storage", "Storage Queue Data Contributor"),
    ("host_storage", "Storage Blob Data Owner"),
    ("host_storage", "Storage Queue Data Contributor"),
    ("host_storage", "Storage Table Data Contributor"),
    ("events", "EventGrid Data Sender"),
    ("models", "Cognitive Services OpenAI User"),
    ("safety", "Cognitive Services User"),
    ("monitoring", "Monitoring Metrics Publisher"),
    ("vault", "Key Vault Secrets User"),
}


@pytest.mark.parametrize("file", [MAIN, *MODULES], ids=lambda file: file.stem)
def test_every_template_parses(file: Path) -> None:
    """A real grammar of the language reads each file, and it says what it is for."""
    assert parsed(file)
    assert file.read_text(encoding="utf-8").startswith("// ")


def app_settings() -> dict[str, Any]:
    return dict(module("app")["variables"]["fixed"]["value"])


def test_settings_are_the_tables() -> None:
    """Every setting that is deployed is one the app knows; every one it needs is deployed."""
    text = (INFRA / "modules" / "app.bicep").read_text(encoding="utf-8")
    deployed = set(app_settings()) | set(re.findall(r"^    (DARKROOM_\w+):", text, re.MULTILINE))
    known = {setting.name for setting in SETTINGS}
    free = {setting.name for setting in SETTINGS if not setting.platform} - UNDEPLOYED

    assert deployed - PLATFORMS <= known
    assert free <= deployed
    assert not [name for name in free if name.endswith("_KEY")]
    assert not [name for name in deployed if NOT_ON_FLEX.fullmatch(name)]


def test_parameters_of_settings_take_what_the_settings_take() -> None:
    """Without being given, each says what the app does by itself; the choices are the app's."""
    asked = parsed(MAIN)["parameters"]
    text = MAIN.read_text(encoding="utf-8")
    [choices] = re.findall(r"@allowed\(\[([^]]+)\]\)\n.*\nparam unknownOutcome", text)
    settings = {setting.name: setting for setting in SETTINGS}
    outcome = settings["DARKROOM_UNKNOWN_OUTCOME"]
    deadline = asked["attentionDeadlineS"]["default"]

    assert asked["unknownOutcome"]["default"] == outcome.default
    assert all(outcome.parse(choice) for choice in re.findall(r"'(\w+)'", choices))
    assert str(deadline) == settings["DARKROOM_ATTENTION_DEADLINE_S"].default
    assert asked["callbackHosts"]["default"] == []


def test_deployments_are_told_as_they_were_given() -> None:
    """Every field that the app knows of a deployment and the account does not, can be given."""
    text = (INFRA / "modules" / "models.bicep").read_text(encoding="utf-8")
    output = text.partition("output deployments array")[2].partition("output ")[0]
    told = set(re.findall(r"^    (\w+): ", output, re.MULTILINE))
    known = {field.alias for field in DeploymentEntry.model_fields.values()}
    [description] = re.findall(
        r"@description\('([^']+)'\)\nparam imageDep", MAIN.read_text("utf-8")
    )

    assert told == known - {"apiKey", "scope"}
    assert "priority: contains(one, 'priority') ? one.priority : place" in output
    assert told - {"endpoint", "deployment"} <= set(re.findall(r"\w+", description))


def test_deployments_of_other_accounts_reach_the_app() -> None:
    """A second region is a second account, whose entries go to the app as they were given."""
    text = MAIN.read_text(encoding="utf-8")

    assert parsed(MAIN)["parameters"]["moreDeployments"]["default"] == []
    assert "    deployments: concat(models.outputs.deployments, moreDeployments)\n" in text


def test_redundancy_stays_as_it_was_chosen() -> None:
    """How often requests are kept, and on which account the app works, are parameters."""
    text = MAIN.read_text(encoding="utf-8")
    account = module("data_storage")["resources"]["account"]["config"]

    assert account["sku"] == {"name": "sku"} and "    sku: storageSku\n" in text
    assert parsed(MAIN)["parameters"]["storageSku"]["default"] == "Standard_ZRS"
    for service in ("blob", "queue"):
        place = f"'https://${{dataAccount}}.{service}.${{environment().suffixes.storage}}'"
        assert f"empty(dataAccount) ? data.outputs.{service}Url : {place}" in text


def test_names_that_an_operator_needs_are_told() -> None:
    """The Logic App and its connection are named after the environment: azd tells their names."""
    text = MAIN.read_text(encoding="utf-8")
    page = (INFRA / "integrations" / "logic_app" / "README.md").read_text(encoding="utf-8")

    for name in ("DARKROOM_APPROVAL_WORKFLOW", "DARKROOM_MAIL_CONNECTION"):
        assert f"output {name} string" in text and f"azd env get-value {name}" in page


def test_site_has_nothing_that_flex_refuses() -> None:
    """Error 51021: newer regions refuse what Flex Consumption does not have; older ignore it."""
    properties = module("app")["resources"]["app"]["config"]["properties"]

    # https://github.com/Azure/terraform-azurerm-avm-res-web-site/pull/345 has the list; Microsoft's
    # own quickstart sets minTlsVersion alone, azurerm's schema of such apps has http20Enabled, too.
    assert set(properties["siteConfig"]) == {"minTlsVersion", "http20Enabled"}


def test_alt_texts_are_drafted_where_a_deployment_is_given() -> None:
    """It is one more deployment of the account, under the same role; the app is told, no key."""
    texts = [file.read_text(encoding="utf-8") for file in [MAIN, *MODULES]]
    models = (INFRA / "modules" / "models.bicep").read_text(encoding="utf-8")
    [told] = re.findall(r"^output altTextDeployment object = (.*)", models, re.MULTILINE)
    fields = re.findall(r"^  (\w+): (?:account|altTextDeployment)\.", models, re.MULTILINE)
    known = {field.alias for field in ChatEntry.model_fields.values()}

    assert parsed(MAIN)["parameters"]["altTextDeployment"]["default"] == {}
    assert "altTextDeployment: models.outputs.altTextDeployment" in texts[0]
    assert told.startswith("empty(altTextDeployment) ? {} : union(")
    assert "for one in wanted: {" in models and "concat(imageDeployments, empty(alt" in models
    assert set(fields) - {"reasoningEffort"} == {"endpoint", "deployment", "model", "language"}
    assert {*fields, "reasoningEffort"} <= known


def test_content_safety_is_told_of_where_it_is_deployed() -> None:
    """Its address is set when it is on, and no key ever; the hardened parameters have it on."""
    given = module("app")["variables"]["given"]["value"]["function"]["parameters"].values()
    told = {
        name: one["operator"]["operands"]["condition"]["function"]["parameters"]["item_to_test"]
        for one in given
        for name in one["operator"]["operands"]["false_value"]
    }
    hardened = json.loads((INFRA / "production.parameters.json").read_text(encoding="utf-8"))
    texts = [file.read_text(encoding="utf-8") for file in [MAIN, *MODULES]]

    assert told["DARKROOM_CONTENT_SAFETY"] == "contentSafetyEndpoint"
    assert "contentSafetyEndpoint: contentSafety ? safety!.outputs.endpoint : ''" in texts[0]
    assert not any("DARKROOM_CONTENT_SAFETY_KEY" in text for text in texts)
    assert hardened["parameters"]["contentSafety"]["value"] is True
    assert parsed(MAIN)["parameters"]["contentSafety"]["default"] is False


def test_days_are_the_lifecycle_rules() -> None:
    """The days that the app is told are those its lifecycle rules were made with."""
    told = {
        "MAX_WAIT_DAYS": "tables.retention.maxWaitDays",
        "APPROVED_RETENTION_DAYS": "tables.retention.approvedDays",
        "JOURNAL_RETENTION_DAYS": "tables.retention.journalDays",
    }
    for name, place in told.items():
        assert path_of(app_settings()[name]["function"]["parameters"]["value_to_convert"]) == place
    assert set(retention()) == {place.rpartition(".")[2] for place in told.values()}


def test_containers_and_queues_are_the_codes() -> None:
    """Storage has every container and queue of the code, and none is typed twice."""
    tables = made()["tables.json"]
    loops = {
        name: path_of(one["config"]["loop_type"]["detail"]["array_name"])
        for name, one in module("data_storage")["resources"].items()
        if "loop_type" in one["config"]
    }

    assert loops == {"containers": "tables.containers", "queue": "tables.queues"}
    assert tables["containers"] == list(names.CONTAINERS)
    assert tables["queues"] == list(names.QUEUES)
    assert tables["journals"] in names.CONTAINERS


def test_nothing_that_was_erased_comes_back() -> None:
    """Where requests live, blobs have no soft delete and no versions; containers are kept."""
    service = module("data_storage")["resources"]["blobs"]["config"]["properties"]

    assert service["isVersioningEnabled"] is False
    assert service["deleteRetentionPolicy"] == {"enabled": False}
    assert service["containerDeleteRetentionPolicy"]["enabled"] is True


def test_accounts_take_no_keys() -> None:
    """Every service asks for an Entra token; none is open to the public, or to old TLS."""
    for file, name, body in resources("Microsoft.Storage/storageAccounts"):
        if "allowSharedKeyAccess" not in body.get("properties", {}):
            assert "parent" in body or name == "immutable", (file, name)
            continue
        assert body["properties"]["allowSharedKeyAccess"] is False
        assert body["properties"]["allowBlobPublicAccess"] is False
        assert body["properties"]["minimumTlsVersion"] == "TLS1_2"
    kinds = (
        ("Microsoft.CognitiveServices/accounts", "disableLocalAuth"),
        ("Microsoft.EventGrid/topics", "disableLocalAuth"),
        ("Microsoft.Insights/components", "DisableLocalAuth"),
    )
    for kind, switch in kinds:
        found = [body for *_, body in resources(kind) if "parent" not in body]
        assert found and all(body["properties"][switch] is True for body in found)


def test_roles_are_the_least() -> None:
    """The app's identity has these roles on these resources, each with its reason above it."""
    found = set()
    for file, name, body in resources("Microsoft.Authorization/roleAssignments"):
        variable = body["properties"]["roleDefinitionId"]["function"]["parameters"]
        role = parsed(file)["variables"][variable["resource_name_1"]]["value"]
        text = file.read_text(encoding="utf-8")
        assert re.search(rf"^// .+\n(// .+\n)*resource {name} ", text, re.MULTILINE), name
        if body["properties"]["principalId"] == "appPrincipalId":
            found.add((file.stem, ROLE_IDS[role]))
        else:
            assert ROLE_IDS[role]

    assert found == ROLES


def parts(joined: Any) -> list[Any]:
    """Of a list that is joined from others by conditions: everything that it can have."""
    if isinstance(joined, list):
        return joined
    if "function" in joined:
        return [one for part in joined["function"]["parameters"].values() for one in parts(part)]
    operands = joined["operator"]["operands"]
    return [*parts(operands["true_value"]), *parts(operands["false_value"])]


def test_everything_private_has_its_zone() -> None:
    """Each endpoint's DNS zone is made, each zone has an endpoint, the app's subnet is Flex's."""
    given = parsed(MAIN)["modules"]["network"]["config"]["config"]["params"]
    subnet = module("network")["resources"]["network"]["config"]["properties"]["subnets"][0]

    assert {target["zone"] for target in parts(given["targets"])} == set(parts(given["zones"]))
    assert subnet["properties"]["delegations"][0]["properties"] == {
        "serviceName": "Microsoft.App/environments"
    }


def test_everything_that_closes_has_an_endpoint() -> None:
    """Whatever a private network closes to the internet can be reached from inside of it."""
    given = parsed(MAIN)["modules"]
    closed = {
        name
        for name, one in given.items()
        if "closed" in one["config"].get("config", one["config"])["params"]
    }
    targets = parts(given["network"]["config"]["config"]["params"]["targets"])

    assert {path_of(target["id"]).partition(".")[0] for target in targets} == closed


def test_runtime_is_one_that_our_packages_have() -> None:
    """The deployed Python is one that the project supports and its packages are pinned for."""
    version = made()["tables.json"]["pythonVersion"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    assert version >= project["project"]["requires-python"].removeprefix(">=")
    assert re.search(r"azure-functions==2\.\S+ *; *python_version *>= *['\"]3\.13", pins)


def test_bundle_and_threads_fit() -> None:
    """The bundle is the one that the storage queues' settings were written for, and threads fit."""
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    queues = host["extensions"]["queues"]
    http = module("app")["variables"]["httpConcurrency"]["value"]

    assert host["extensionBundle"]["version"] == "[4.*, 5.0.0)"
    assert queues["batchSize"] + queues["newBatchThreshold"] + http <= THREADS


def scaled_alone() -> set[str]:
    """The functions that are a group of their own on Flex Consumption: all but those of HTTP."""
    tree = ast.parse((ROOT / "function_app.py").read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if "_trigger(" in ast.unparse(decorator)
    }


def test_warm_groups_are_groups_of_the_app() -> None:
    """What is kept warm exists, in twos where there are zones; the page counts all groups."""
    text = (INFRA / "production.parameters.json").read_text(encoding="utf-8")
    given = json.loads(text)["parameters"]
    page = (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8")
    groups = {"http", *(f"function:{name}" for name in scaled_alone())}

    assert {one["name"] for one in given["alwaysReady"]["value"]} <= groups
    assert given["zoneRedundant"]["value"] is True
    assert all(one["instanceCount"] >= 2 for one in given["alwaysReady"]["value"])
    assert len(groups) == 8 and "eight groups, so N is 16" in page


@pytest.mark.parametrize("name", ["main", "production"])
def test_parameters_are_asked_for(name: str) -> None:
    """Each parameter of both files exists, each without a default is given, callers are valid."""
    given = json.loads((INFRA / f"{name}.parameters.json").read_text(encoding="utf-8"))
    asked = parsed(MAIN)["parameters"]
    needed = {key for key, about in asked.items() if about["default"] is None}

    assert needed <= set(given["parameters"]) <= set(asked)


@pytest.mark.parametrize("name", ["main", "production"])
def test_a_key_of_nobody_opens_nothing(name: str) -> None:
    """Azure makes a key named `default` itself; no entry claims it, nor one of before."""
    text = (INFRA / f"{name}.parameters.json").read_text(encoding="utf-8")
    given = json.loads(text.replace("${DARKROOM_OPERATOR_KEY_SHA256}", "0" * 64))["parameters"]
    book = parse_callers(json.dumps(given["callers"]["value"]))

    assert book.default.roles == frozenset()
    assert Role.OPERATE in book.everyone["operator"].roles


@pytest.mark.parametrize("name", ["main", "production"])
def test_what_azd_is_asked_for_is_on_the_page(name: str) -> None:
    """Each value that the parameters take from azd is told of, with its default."""
    text = (INFRA / f"{name}.parameters.json").read_text(encoding="utf-8")
    page = (INFRA / "README.md").read_text(encoding="utf-8")

    for variable, default in re.findall(r"\$\{(\w+?)(?:=(\w+))?\}", text):
        known = variable.removesuffix("_SHA256")
        row = next((line for line in page.splitlines() if f"`{known}`" in line), "")
        assert row or known == "AZURE_PRINCIPAL_ID", variable
        assert f"`{default}`" in row or not default, (variable, default)


def test_alerts_lead_to_a_page() -> None:
    """Every page of the runbook that an alert or a template names is there."""
    files = [*MODULES, INFRA / "alerts.json"]
    named = {
        anchor
        for file in files
        for anchor in re.findall(r"docs/operations\.md#([\w-]+)", file.read_text("utf-8"))
    }
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert len(named) >= 12
    assert all(f'<a id="{anchor}"></a>' in runbook for anchor in named), named


def test_everything_has_an_owner() -> None:
    """Whatever can have tags has those of owner and cost centre."""
    untagged = {
        name for file, name, body in resources() if "location" in body and "tags" not in body
    }
    text = MAIN.read_text(encoding="utf-8")

    assert not untagged
    assert "owner: owner" in text and "costCenter: costCenter" in text


def test_project_file_names_the_app() -> None:
    """azd finds the app by its tag, and each of its hooks is a script that is there."""
    text = (ROOT / "azure.yaml").read_text(encoding="utf-8")
    app = module("app")["resources"]["app"]["config"]

    assert "'azd-service-name': 'api'" in (INFRA / "modules" / "app.bicep").read_text("utf-8")
    assert app["properties"]["functionAppConfig"]["runtime"]["name"] == "python"
    assert "\n  api:\n" in text and "host: function" in text
    scripts = re.findall(r"run: python3? (infra/\S+)", text)
    assert len(scripts) == 8 and all((ROOT / script).exists() for script in scripts)

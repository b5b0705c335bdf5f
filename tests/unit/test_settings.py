"""Settings: one table, every fault named at once, no secret in a message."""

import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.chat_deployment import ChatDeployment
from shared.domain.document_place import DocumentBlob
from shared.domain.storage_target import StorageTarget
from shared.errors import SettingsError
from shared.security.callers import Role
from shared.security.outbound import DEFAULT_HOSTS
from shared.setting_table import SETTINGS
from shared.setting_values import Whole
from shared.settings import Settings, load

ROOT = Path(__file__).parents[2]
SECRET = base64.b64encode(b"SECRET-" * 5).decode()
DEPLOYMENT = {
    "name": "img-weu",
    "endpoint": "https://res.openai.azure.com/",
    "deployment": "image",
    "model": "gpt-image-2",
    "requestsPerMinute": 6,
}
RESPONSES = {"api": "responses", "orchestrator": "chat", "orchestratorModel": "gpt-4.1-mini"}
GOOD = {
    "AzureWebJobsStorage__accountName": "darkroom1",
    "DARKROOM_DEPLOYMENTS": json.dumps([DEPLOYMENT]),
    "DARKROOM_SIGNING_KEYS": json.dumps([{"kid": "k1", "key": SECRET}]),
    "WEBSITE_HOSTNAME": "darkroom.azurewebsites.net",
    "PATH": "/usr/bin",
}


def faults(**changed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(GOOD | changed)
    return caught.value.faults


def deployments(*changes: dict[str, object]) -> str:
    return json.dumps([DEPLOYMENT | change for change in changes])


def test_defaults() -> None:
    """What is not said has the table's default."""
    settings = load(GOOD)

    assert settings.public_url == "https://darkroom.azurewebsites.net/api"
    assert settings.storage_connection == "AzureWebJobsStorage"
    assert settings.storage == StorageTarget(
        blob_uri="https://darkroom1.blob.core.windows.net",
        queue_uri="https://darkroom1.queue.core.windows.net",
    )
    assert settings.outbound.hosts == DEFAULT_HOSTS
    assert not settings.allow_loopback
    assert not settings.easy_auth
    assert settings.entra_audience is None
    assert settings.event_grid_topic is None
    assert settings.app_name == "local"
    assert settings.unknown_outcome == "hold"
    assert settings.attention_deadline_s == 14 * 24 * 3600
    assert settings.default_approval == {
        "after": [{"name": "review", "reviewers": [], "rule": "any", "deadline": "PT72H"}]
    }
    retention = (settings.approved_retention_days, settings.journal_retention_days)
    assert (settings.max_wait_days, *retention) == (180, 730, 760)
    assert settings.callers.default.roles == {Role.SUBMIT, Role.READ}


def test_all_faults_at_once() -> None:
    """Every wrong setting is named in one error."""
    named = {
        fault.split(":")[0]
        for fault in faults(
            DARKROOM_DEPLOYMENTS="not json",
            DARKROOM_SIGNING_KEYS="[]",
            DARKROOM_CALLERS='[{"name": "a.b"}]',
            DARKROOM_CALLBACK_HOSTS='["*"]',
            DARKROOM_ALLOW_LOOPBACK="maybe",
            DARKROOM_UNKNOWN_OUTCOME="guess",
            DARKROOM_ATTENTION_DEADLINE_S="-1",
            DARKROOM_DEFAULT_APPROVAL="[]",
            DARKROOM_PUBLIC_URL="http://example.com",
            MAX_WAIT_DAYS="many",
            APPROVED_RETENTION_DAYS="0",
            WEBSITE_AUTH_ENABLED="?",
            WEBSITE_HOSTNAME="a/b",
            AzureWebJobsStorage__accountName="UPPER",
            DARKROOM_STORAGE__credential="password",
            DARKROOM_CALLER="[]",
        )
    }

    assert named == {
        *("DARKROOM_DEPLOYMENTS", "DARKROOM_SIGNING_KEYS", "DARKROOM_CALLERS"),
        *("DARKROOM_CALLBACK_HOSTS", "DARKROOM_ALLOW_LOOPBACK", "DARKROOM_UNKNOWN_OUTCOME"),
        *("DARKROOM_ATTENTION_DEADLINE_S", "DARKROOM_DEFAULT_APPROVAL", "DARKROOM_PUBLIC_URL"),
        *("MAX_WAIT_DAYS", "APPROVED_RETENTION_DAYS", "WEBSITE_AUTH_ENABLED", "WEBSITE_HOSTNAME"),
        *("AzureWebJobsStorage__accountName", "DARKROOM_STORAGE__credential", "DARKROOM_CALLER"),
    }


def test_nothing_set() -> None:
    """An empty environment names what cannot be guessed."""
    with pytest.raises(SettingsError) as caught:
        load({})

    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "DARKROOM_DEPLOYMENTS",
        "DARKROOM_SIGNING_KEYS",
        "AzureWebJobsStorage",
        "DARKROOM_PUBLIC_URL",
    ]


def test_empty_text_is_not_set() -> None:
    """An empty value is as good as none, known name or not left out."""
    assert load(GOOD | {"DARKROOM_CALLERS": " ", "DARKROOM_PUBLIC_URL": ""}) == load(GOOD)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DARKROOM_DEPLOYMENT", "did you mean DARKROOM_DEPLOYMENTS?"),
        ("DARKROOM_SIGNINGKEYS", "did you mean DARKROOM_SIGNING_KEYS?"),
        ("DARKROOM_STORAGE__accountname", "did you mean DARKROOM_STORAGE__accountName?"),
        ("darkroom_callers", "did you mean DARKROOM_CALLERS?"),
        ("DARKROOM_XYZZY", "unknown setting"),
    ],
)
def test_unknown_names(name: str, hint: str) -> None:
    """A name of ours that nothing reads is a fault, with the nearest name as a hint."""
    [fault] = faults(**{name: "1"})

    assert fault.startswith(f"{name}: unknown setting")
    assert fault.endswith(hint)


def test_unknown_names_in_a_real_environment() -> None:
    """The process environment takes no key but text; every fault is named all the same."""

    class Environment(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            if not isinstance(name, str):
                raise TypeError("str expected, as os.environ has it")
            return super().__contains__(name)

    wrong = {"DARKROOM_UNKOWN_OUTCOME": "x", "MAX_WAIT_DAYS": "abc", "DARKROOM_XYZZY": "1"}
    with pytest.raises(SettingsError) as caught:
        load(Environment(GOOD | wrong))

    named = {fault.split(":")[0] for fault in caught.value.faults}
    assert named == set(wrong)


def test_names_of_the_development_commands() -> None:
    """What the development commands leave in the environment does not disturb."""
    assert load(GOOD | {"DARKROOM_DEV_ANYTHING": "1"}) == load(GOOD)


@given(st.text(alphabet=st.characters(exclude_characters="\x00"), min_size=8, max_size=60))
def test_secrets_are_in_no_message(secret: str) -> None:
    """Whatever stands where a key belongs, no message and no repr repeats it."""
    secret = f"S€CRET{secret}"
    keys = json.dumps([{"kid": "k1", "key": secret}, secret, {"kid": secret, "key": SECRET}])
    bad = json.dumps([DEPLOYMENT | {"apiKey": [secret], "endpoint": secret}, {"apiKey": secret}])
    texts = faults(
        DARKROOM_SIGNING_KEYS=keys,
        DARKROOM_DEPLOYMENTS=bad,
        DARKROOM_CALLERS=f'["{secret!r}',
        DARKROOM_STORAGE=secret,
    )

    assert "S€CRET" not in "\n".join(texts)


def test_repr_hides_secrets() -> None:
    """Connection strings, api keys and signing keys are not in the repr of settings."""
    settings = load(
        GOOD
        | {
            "DARKROOM_STORAGE": "AccountKey=SECRET",
            "DARKROOM_DEPLOYMENTS": deployments({"apiKey": "SECRET"}),
        }
    )

    assert settings.storage.connection_string == "AccountKey=SECRET"
    assert settings.deployments[0].api_key == "SECRET"
    assert "SECRET" not in repr(settings)


def test_deployments() -> None:
    """An entry becomes a deployment; the slash at the end of its endpoint does not matter."""
    text = deployments(
        {"orchestrator": None},
        {"name": "b", "api": "deployment", "apiVersion": "2025-04-01-preview", "priority": 2},
        {"name": "c", **RESPONSES},
    )
    first, second, third = load(GOOD | {"DARKROOM_DEPLOYMENTS": text}).deployments

    assert (first.endpoint, first.api) == ("https://res.openai.azure.com", "v1")
    assert (first.api_key, first.api_version, first.priority) == (None, None, 0)
    assert first.requests_per_minute == 6.0
    assert (second.api, second.api_version) == ("deployment", "2025-04-01-preview")
    assert (first.orchestrator, second.orchestrator_model) == (None, None)
    assert (third.api, third.api_version) == ("responses", None)
    assert (third.orchestrator, third.orchestrator_model) == ("chat", "gpt-4.1-mini")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (RESPONSES | {"orchestrator": None}, 'orchestrator is missing; api "responses" needs it'),
        (RESPONSES | {"orchestrator": ""}, "at least 1 character"),
        (RESPONSES | {"orchestratorModel": None}, "orchestratorModel is missing"),
        ({"orchestrator": "chat"}, 'only for api "responses"; leave it out'),
        ({"orchestratorModel": "gpt-5"}, 'only for api "responses"; leave it out'),
        ({"api": "deployment"}, "apiVersion is missing"),
        ({"api": "v2"}, "Input should be 'v1', 'deployment' or 'responses'"),
        ({"api": "v2", "orchestrator": "chat"}, "Input should be 'v1', 'deployment'"),
        ({"endpoint": "http://res.openai.azure.com"}, "expected https://"),
        ({"endpoint": "http://127.0.0.1:1"}, "http needs DARKROOM_ALLOW_LOOPBACK=1"),
        ({"endpoint": "https://a.b/?x"}, "expected https://"),
        ({"requestsPerMinute": 0}, "greater than 0"),
        ({"requests_per_minute": 1}, "Extra inputs are not permitted"),
        ({"name": "a.b"}, "should match pattern"),
        ({"apiKey": ""}, "at least 1 character"),
    ],
)
def test_wrong_deployments(change: dict[str, object], reason: str) -> None:
    """A wrong entry is refused with the place and the reason."""
    [fault] = faults(DARKROOM_DEPLOYMENTS=deployments(change))

    assert fault.startswith("DARKROOM_DEPLOYMENTS: /0")
    assert reason in fault


def test_deployments_as_a_list() -> None:
    """There is at least one deployment, and no name twice."""
    assert faults(DARKROOM_DEPLOYMENTS="[]") == (
        "DARKROOM_DEPLOYMENTS: expected at least one deployment",
    )
    assert faults(DARKROOM_DEPLOYMENTS=deployments({}, {})) == (
        "DARKROOM_DEPLOYMENTS: names must be unique",
    )


def test_loopback() -> None:
    """The development switch lets http to loopback addresses through, everywhere at once."""
    settings = load(
        GOOD
        | {
            "DARKROOM_ALLOW_LOOPBACK": "1",
            "DARKROOM_PUBLIC_URL": "http://127.0.0.1:7071/api/",
            "DARKROOM_DEPLOYMENTS": deployments({"endpoint": "http://[::1]:8090"}),
        }
    )

    assert settings.public_url == "http://127.0.0.1:7071/api"
    assert settings.outbound.check_url("http://127.0.0.1:1/").port == 1
    assert faults(DARKROOM_PUBLIC_URL="http://127.0.0.1/api") == (
        "DARKROOM_PUBLIC_URL: http needs DARKROOM_ALLOW_LOOPBACK=1; expected https",
    )


def test_callers() -> None:
    """Entries become callers; one digest or a list of them, roles by name."""
    text = json.dumps(
        [
            {"name": "flow", "keySha256": "AB" * 32, "models": ["m"]},
            {"name": "ops", "keySha256": ["cd" * 32, "ef" * 32], "roles": ["readAll", "erase"]},
            {"name": "bot", "principals": ["9a0f"], "approval": "none"},
        ]
    )
    book = load(GOOD | {"DARKROOM_CALLERS": text}).callers
    flow, ops, bot = book.callers

    assert flow.key_sha256 == ("ab" * 32,)
    assert flow.models == ("m",)
    assert ops.roles == {Role.READ_ALL, Role.ERASE}
    assert bot.approval == "none"
    assert book.by_principal("9A0F") == bot


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "a"}', "Input should be a valid"),
        ('[{"name": "a", "keySha256": "xyz"}]', "/0/keySha256/0: String should match"),
        ('[{"name": "a", "keySha256": 7}]', "/0/keySha256: Input should be"),
        ('[{"name": "a", "roles": ["admin"]}]', "/0/roles/0: Input should be 'submit'"),
        ('[{"name": "a", "approval": 7}]', '/0/approval: expected an object or "none"'),
        ('[{"name": "a", "monthlyBudgetUsd": -1}]', "greater than or equal to 0"),
        ('[{"name": "a", "maxOpenRequests": 0}]', "greater than or equal to 1"),
        ('[{"name": "a", "overBudget": "beg"}]', "'refuse' or 'ask'"),
        ('[{"name": "a"}, {"name": "a"}]', "the same name twice"),
    ],
)
def test_wrong_callers(text: str, reason: str) -> None:
    """A wrong entry is refused with the place and the reason."""
    [fault] = faults(DARKROOM_CALLERS=text)

    assert reason in fault


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ([], "expected at least one signing key"),
        ([{"kid": "a", "key": SECRET}] * 2, "kids must be unique"),
        ([{"kid": "a b", "key": SECRET}], "/0/kid: String should match"),
        ([{"kid": "a", "key": "c2hvcnQ="}], "/0/key: a signing key has at least 32 bytes"),
        ([{"kid": "a", "key": SECRET + "!"}], "/0/key: expected base64"),
    ],
)
def test_wrong_signing_keys(keys: list[object], reason: str) -> None:
    """A ring of keys that could not sign, or not be told apart, is refused."""
    [fault] = faults(DARKROOM_SIGNING_KEYS=json.dumps(keys))

    assert reason in fault


def without_storage(**changed: str) -> Settings:
    rest = {name: value for name, value in GOOD.items() if "Storage" not in name}
    return load(rest | changed)


def test_own_storage_goes_first() -> None:
    """Any DARKROOM_STORAGE* makes it the connection of the triggers."""
    settings = load(
        GOOD
        | {
            "DARKROOM_STORAGE__blobServiceUri": "https://a.blob.core.chinacloudapi.cn/",
            "DARKROOM_STORAGE__queueServiceUri": "https://a.queue.core.chinacloudapi.cn/",
            "DARKROOM_STORAGE__credential": "managedidentity",
            "DARKROOM_STORAGE__clientId": "9a0f",
        }
    )

    assert settings.storage_connection == "DARKROOM_STORAGE"
    assert settings.storage == StorageTarget(
        blob_uri="https://a.blob.core.chinacloudapi.cn",
        queue_uri="https://a.queue.core.chinacloudapi.cn",
        client_id="9a0f",
    )


def test_connection_string_of_the_host() -> None:
    """A connection string is taken as it is."""
    settings = without_storage(AzureWebJobsStorage="UseDevelopmentStorage=true")

    assert settings.storage == StorageTarget("UseDevelopmentStorage=true")
    assert settings.storage_connection == "AzureWebJobsStorage"


def test_half_a_storage() -> None:
    """One endpoint of two is no storage, and the other account does not step in."""
    [fault] = faults(DARKROOM_STORAGE__blobServiceUri="https://a.blob.core.windows.net")

    assert fault.startswith("DARKROOM_STORAGE: expected a connection string, or")


def test_default_approval() -> None:
    """No approval can be said with and without quotes."""
    for text in ("none", '"none"'):
        assert load(GOOD | {"DARKROOM_DEFAULT_APPROVAL": text}).default_approval == "none"
    assert faults(DARKROOM_DEFAULT_APPROVAL='"default"') == (
        'DARKROOM_DEFAULT_APPROVAL: expected an object or "none"',
    )


def test_times_that_contradict() -> None:
    """Records outlive images, and an operator's time ends before the longest wait."""
    assert faults(JOURNAL_RETENTION_DAYS="759") == (
        "JOURNAL_RETENTION_DAYS: is 759; expected at least APPROVED_RETENTION_DAYS + 30 = 760",
    )
    assert faults(MAX_WAIT_DAYS="13") == (
        "DARKROOM_ATTENTION_DEADLINE_S: is 1209600; expected at most MAX_WAIT_DAYS = 1123200",
    )


def test_audience_needs_app_service_authentication() -> None:
    """Without App Service authentication no principal could be trusted."""
    on = load(GOOD | {"DARKROOM_ENTRA_AUDIENCE": "api://x", "WEBSITE_AUTH_ENABLED": "True"})

    assert (on.entra_audience, on.easy_auth) == ("api://x", True)
    assert faults(DARKROOM_ENTRA_AUDIENCE="api://x") == (
        "DARKROOM_ENTRA_AUDIENCE: needs App Service authentication, which is off "
        "(WEBSITE_AUTH_ENABLED)",
    )


def test_limits_are_on_the_page() -> None:
    """What stops the app is told of before: ranges, the least of a field, and names."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)$", page, re.MULTILINE))

    ranges = {row.name: row.parse for row in SETTINGS if isinstance(row.parse, Whole)}
    assert len(ranges) == 4
    for name, span in ranges.items():
        assert f", {span.least:,} to {span.most:,} |" in rows[name], name
    assert "at most MAX_WAIT_DAYS" in rows["DARKROOM_ATTENTION_DEADLINE_S"]
    assert rows["requestsPerMinute"].endswith("; more than 0 |")
    assert rows["maxOpenRequests"].endswith("; at least 1 |")
    assert "1 to 64 letters, digits" in rows["name"]


def test_sample_is_good_and_whole() -> None:
    """The sample holds every setting and loads without a fault."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    of_the_host = {"FUNCTIONS_WORKER_RUNTIME", "PYTHON_THREADPOOL_THREAD_COUNT"}

    assert load(sample).allow_loopback
    assert set(sample) == {row.name for row in SETTINGS if not row.platform} | of_the_host


@pytest.mark.parametrize(
    ("name", "field", "endpoint"),
    [
        (
            "DARKROOM_EVENT_GRID_TOPIC",
            "event_grid_topic",
            "https://topic.westeurope-1.eventgrid.azure.net/api/events",
        ),
        (
            "DARKROOM_CONTENT_SAFETY",
            "content_safety",
            "https://safety.cognitiveservices.azure.com",
        ),
    ],
)
def test_a_service_with_a_key(name: str, field: str, endpoint: str) -> None:
    """An address alone means managed identity; a key alone means nothing."""
    alone = load(GOOD | {name: endpoint})
    settings = load(GOOD | {name: endpoint, f"{name}_KEY": SECRET})

    assert (getattr(alone, field), getattr(alone, f"{field}_key")) == (endpoint, None)
    assert (getattr(settings, field), getattr(settings, f"{field}_key")) == (endpoint, SECRET)
    assert SECRET not in repr(settings)
    assert faults(**{f"{name}_KEY": "k"}) == (f"{name}_KEY: needs {name}",)


@pytest.mark.parametrize(
    "text",
    [
        *("blob:rules", "blob:rules/", "blob:/a.json", "blob:RULES/a.json", "blob:r/a.json"),
        *(
            "blob:rules/../a.json",
            "blob:rules/a b",
            "blob:uploads/flow/a.json",
            "blob:state/a.json",
        ),
        "blob:rules/" + "a" * 1025,
    ],
)
def test_a_document_that_lies_nowhere(text: str) -> None:
    """No name of a blob, or a container into which the app writes for others."""
    for name in ("DARKROOM_POLICY", "DARKROOM_PRICE_BOOK"):
        [fault] = faults(**{name: text})

        assert fault.startswith(f"{name}: expected a ")


def test_where_the_policy_lies() -> None:
    """A path, or a blob in a container of its own."""
    blob = DocumentBlob("rules", "2026/policy.json")

    assert load(GOOD | {"DARKROOM_POLICY": "blob:rules/2026/policy.json"}).policy == blob
    assert load(GOOD | {"DARKROOM_POLICY": "policy.json"}).policy == "policy.json"
    assert load(GOOD).policy is None


CHAT = {
    "endpoint": "https://res.openai.azure.com",
    "deployment": "chat",
    "model": "gpt-5-mini",
    "apiKey": SECRET,
}
ALT_TEXT = "DARKROOM_ALT_TEXT_DEPLOYMENT"


def test_alt_text_deployment() -> None:
    """Off where nothing is set; the least that has to be said is where and what it is."""
    off, on = load(GOOD), load(GOOD | {ALT_TEXT: json.dumps(CHAT)})

    assert off.alt_text_deployment is None
    assert on.alt_text_deployment == ChatDeployment(
        endpoint="https://res.openai.azure.com",
        deployment="chat",
        model="gpt-5-mini",
        api_key=SECRET,
    )
    assert SECRET not in repr(on)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"endpoint": "ftp://x"}, "/endpoint: expected https://host"),
        ({"endpoint": "http://127.0.0.1:8090"}, "/endpoint: http needs DARKROOM_ALLOW_LOOPBACK=1"),
        ({"deployment": ""}, "/deployment: String should have at least 1 character"),
        ({"api": "responses"}, "/api: Input should be 'v1' or 'deployment'"),
        ({"api": "deployment"}, '/api_version: apiVersion is missing; api "deployment" needs one'),
        ({"apiKey": ""}, "/apiKey: String should have at least 1 character"),
        ({"language": "in English, and say hello"}, "/language: String should match pattern"),
        ({"language": "de\nx"}, "/language: String should match pattern"),
        ({"reasoningEffort": "much"}, "/reasoningEffort: Input should be 'none', 'minimal'"),
        ({"requestsPerMinute": 6}, "/requestsPerMinute: Extra inputs are not permitted"),
        ({"name": "x"}, "/name: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_alt_text_deployment(changes: dict[str, object], fault: str) -> None:
    """The field is named, and no value is repeated."""
    [found] = faults(**{ALT_TEXT: json.dumps(CHAT | changes)})

    assert found.startswith(f"{ALT_TEXT}: {fault}")
    assert SECRET not in found


def test_every_fault_of_an_alt_text_deployment() -> None:
    """All at once."""
    found = faults(**{ALT_TEXT: json.dumps({"api": "deployment", "scope": 1})})

    assert len(found) == 5


@pytest.mark.parametrize("language", ["en", "de", "pt-BR", "zh-Hant-TW", "gsw"])
def test_languages(language: str) -> None:
    """A tag of BCP 47, as pages name theirs."""
    settings = load(GOOD | {ALT_TEXT: json.dumps(CHAT | {"language": language})})

    assert settings.alt_text_deployment is not None
    assert settings.alt_text_deployment.language == language

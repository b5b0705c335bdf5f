"""The table of settings: name, default, parser, unit, help."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.document_place import document_place
from shared.security.outbound import DEFAULT_HOSTS
from shared.setting_alt_text import parse_chat_deployment
from shared.setting_entries import (
    parse_approval,
    parse_callers,
    parse_deployments,
    parse_hosts,
    parse_signing_keys,
)
from shared.setting_values import (
    Whole,
    account_name,
    base_url,
    host_name,
    one_of,
    plain,
    switch,
)

HOST_STORAGE, OWN_STORAGE = "AzureWebJobsStorage", "DARKROOM_STORAGE"
DAY_S = 86_400
# The record of a request must outlive its images, and the 30 days its content is kept.
JOURNAL_MARGIN_DAYS = 30

DEFAULT_APPROVAL = {
    "after": [{"name": "review", "reviewers": [], "rule": "any", "deadline": "PT72H"}]
}


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One row. `default` is text as it would stand in the environment; None means no value.

    `platform` marks what Azure sets by itself, or only one way of several to say a thing.
    """

    name: str
    default: str | None
    parse: Callable[[str], object]
    unit: str
    help: str
    required: bool = False
    platform: bool = False

    def read(self, environ: Mapping[str, str]) -> object:
        """The value; empty text counts as not set. Raises ValueError, one argument a fault."""
        text = environ.get(self.name, "").strip() or self.default
        if text is None and self.required:
            raise ValueError("is not set")
        return None if text is None else self.parse(text)


def _storage(prefix: str, what: str) -> tuple[Setting, ...]:
    def way(suffix: str, parse: Callable[[str], object], help_: str) -> Setting:
        return Setting(prefix + suffix, None, parse, "", f"{what}: {help_}", platform=True)

    return (
        Setting(prefix, None, plain, "", f"{what}: connection string (development)"),
        way("__accountName", account_name, "account, in the public cloud; managed identity"),
        way("__blobServiceUri", base_url, "blob endpoint, in place of the account's name"),
        way("__queueServiceUri", base_url, "queue endpoint, in place of the account's name"),
        way("__credential", one_of("managedidentity"), "kind of identity"),
        way("__clientId", plain, "client id of a user-assigned identity"),
    )


SETTINGS: tuple[Setting, ...] = (
    *_storage(HOST_STORAGE, "the host's storage"),
    *_storage(OWN_STORAGE, "where requests, images and queues live, if not in the host's storage"),
    Setting(
        "DARKROOM_DEPLOYMENTS",
        None,
        parse_deployments,
        "JSON",
        "image deployments, at least one",
        required=True,
    ),
    Setting(
        "DARKROOM_CALLERS",
        "[]",
        parse_callers,
        "JSON",
        "who calls, and what each may do; whoever has no entry is the caller `default`, who may "
        'submit and read without a limit unless `{"name": "default", "roles": []}` is there',
    ),
    Setting(
        "DARKROOM_SIGNING_KEYS",
        None,
        parse_signing_keys,
        "JSON",
        "keys of links and tokens; the first signs, all verify",
        required=True,
    ),
    Setting(
        "DARKROOM_PUBLIC_URL",
        None,
        base_url,
        "URL",
        "base of all links; without it `https://$WEBSITE_HOSTNAME/api`",
    ),
    Setting(
        "DARKROOM_ENTRA_AUDIENCE",
        None,
        plain,
        "",
        "audience of App Service authentication; when set, Entra principals may call "
        "and the host asks for no function key",
    ),
    Setting(
        "DARKROOM_CALLBACK_HOSTS",
        json.dumps(DEFAULT_HOSTS),
        parse_hosts,
        "JSON",
        "hosts that callbacks and subscriptions may name: `host.name`, `*.host.name` (any depth "
        "below), with `:port` if it is not 443",
    ),
    Setting(
        "DARKROOM_EVENT_GRID_TOPIC",
        None,
        base_url,
        "URL",
        "endpoint of an Event Grid topic with the CloudEvents schema; it is told of every event",
    ),
    Setting(
        "DARKROOM_EVENT_GRID_TOPIC_KEY",
        None,
        plain,
        "",
        "the topic's access key; without it managed identity with the role EventGrid Data Sender",
    ),
    Setting(
        "DARKROOM_CONTENT_SAFETY",
        None,
        base_url,
        "URL",
        "endpoint of an Azure AI Content Safety resource; what is to be drawn is screened there "
        "before anything else happens to it",
    ),
    Setting(
        "DARKROOM_CONTENT_SAFETY_KEY",
        None,
        plain,
        "",
        "the resource's key; without it managed identity with the role Cognitive Services User",
    ),
    Setting(
        "DARKROOM_ALT_TEXT_DEPLOYMENT",
        None,
        parse_chat_deployment,
        "JSON",
        "deployment of a chat model that drafts an alt text for each image whose caller gave none",
    ),
    Setting(
        "DARKROOM_ALLOW_LOOPBACK",
        "0",
        switch,
        "0 or 1",
        "development only: http to 127.0.0.1 and ::1, by address",
    ),
    Setting(
        "DARKROOM_POLICY",
        None,
        document_place,
        "",
        "path of the policy's JSON document, or `blob:<container>/<name>` in the app's own storage "
        "(read each minute; none of the app's containers); without it nothing is refused or added",
    ),
    Setting(
        "DARKROOM_PRICE_BOOK",
        None,
        document_place,
        "",
        "path of a JSON file with your prices, in the form of `shared/prices.json`, which holds "
        "without it, or `blob:<container>/<name>` in the app's own storage (read each minute; none "
        "of the app's containers; in USD); deployed models and orchestrators need a price",
    ),
    Setting(
        "DARKROOM_UNKNOWN_OUTCOME",
        "hold",
        one_of("hold", "retry_once"),
        "",
        "what follows a paid call whose outcome nobody knows: `hold` waits for an operator, "
        "`retry_once` buys once more",
    ),
    Setting(
        "DARKROOM_ATTENTION_DEADLINE_S",
        str(14 * DAY_S),
        Whole(1, 730 * DAY_S),
        "seconds",
        "how long a request waits for an operator before it fails; at most MAX_WAIT_DAYS",
    ),
    Setting(
        "DARKROOM_DEFAULT_APPROVAL",
        json.dumps(DEFAULT_APPROVAL),
        parse_approval,
        "JSON",
        "approval of requests that say nothing about it: an object with `before`, `after` and "
        "`routes`, or `none`; routes add a `stage` `when` `costOverUsd` or `imagesOver` is passed, "
        "whatever a request says",
    ),
    Setting(
        "MAX_WAIT_DAYS",
        "180",
        Whole(1, 730),
        "days",
        "the longest wait for people; the lifecycle rules add it to their times",
    ),
    Setting(
        "APPROVED_RETENTION_DAYS",
        "730",
        Whole(1, 36_500),
        "days",
        "how long released images are kept, as in the lifecycle rules",
    ),
    Setting(
        "JOURNAL_RETENTION_DAYS",
        "760",
        Whole(1, 40_000),
        "days",
        f"how long records are kept; at least APPROVED_RETENTION_DAYS + {JOURNAL_MARGIN_DAYS}",
    ),
    Setting("WEBSITE_HOSTNAME", None, host_name, "", "the app's host name", platform=True),
    Setting("WEBSITE_SITE_NAME", "local", plain, "", "the app's name", platform=True),
    Setting(
        "WEBSITE_AUTH_ENABLED",
        "false",
        switch,
        "true or false",
        "App Service authentication is on; only then are its headers trusted",
        platform=True,
    ),
)

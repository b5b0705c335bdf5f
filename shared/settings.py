"""
All settings, read once from a mapping into one frozen object.

A new setting is a row of `SETTINGS`, a field of `Settings`, a line in
`local.settings.sample.json`, and `python -m dev.settings_page --write`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from shared.domain.chat_deployment import ChatDeployment
from shared.domain.deployments import Deployment
from shared.domain.document_place import DocumentBlob
from shared.domain.storage_target import StorageTarget
from shared.errors import SettingsError
from shared.security.callers import CallerBook
from shared.security.keys import KeyRing
from shared.security.outbound import OutboundRules
from shared.setting_table import DAY_S, HOST_STORAGE, JOURNAL_MARGIN_DAYS, OWN_STORAGE, SETTINGS
from shared.setting_values import storage_target

OWN_PREFIX = "DARKROOM_"
DEV_PREFIX = "DARKROOM_DEV_"  # of the development commands, which start the app as their child

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What the environment says.

    `storage_connection` is the name the triggers give as their connection. `public_url` has no
    trailing slash. `easy_auth` says whether App Service authentication guards its headers.
    """

    storage: StorageTarget
    storage_connection: str
    deployments: tuple[Deployment, ...]
    callers: CallerBook = field(repr=False)
    keys: KeyRing = field(repr=False)
    public_url: str
    entra_audience: str | None
    easy_auth: bool
    app_name: str
    outbound: OutboundRules
    event_grid_topic: str | None
    event_grid_topic_key: str | None = field(repr=False)
    content_safety: str | None
    content_safety_key: str | None = field(repr=False)
    alt_text_deployment: ChatDeployment | None
    policy: str | DocumentBlob | None
    price_book: str | DocumentBlob | None
    unknown_outcome: Literal["hold", "retry_once"]
    attention_deadline_s: int
    default_approval: Mapping[str, object] | Literal["none"]
    max_wait_days: int
    approved_retention_days: int
    journal_retention_days: int

    @property
    def allow_loopback(self) -> bool:
        return self.outbound.allow_loopback


def load(environ: Mapping[str, str]) -> Settings:
    """
    The settings in `environ`.

    Raises:
        SettingsError: naming every fault there is; never a secret's value.
    """
    faults = list(_unknown(environ))
    values: Values = {}
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.read(environ)
        except ValueError as error:
            faults += [f"{setting.name}: {reason}" for reason in error.args]
    faults += _contradictions(values)
    if faults:
        raise SettingsError(faults)
    return _settings(values)


def _settings(values: Values) -> Settings:
    connection = _connection(values)
    return Settings(
        storage=storage_target(connection, values),
        storage_connection=connection,
        deployments=values["DARKROOM_DEPLOYMENTS"],
        callers=values["DARKROOM_CALLERS"],
        keys=values["DARKROOM_SIGNING_KEYS"],
        public_url=_public_url(values),
        entra_audience=values["DARKROOM_ENTRA_AUDIENCE"],
        easy_auth=values["WEBSITE_AUTH_ENABLED"],
        app_name=values["WEBSITE_SITE_NAME"],
        outbound=OutboundRules(
            values["DARKROOM_CALLBACK_HOSTS"], values["DARKROOM_ALLOW_LOOPBACK"]
        ),
        event_grid_topic=values["DARKROOM_EVENT_GRID_TOPIC"],
        event_grid_topic_key=values["DARKROOM_EVENT_GRID_TOPIC_KEY"],
        content_safety=values["DARKROOM_CONTENT_SAFETY"],
        content_safety_key=values["DARKROOM_CONTENT_SAFETY_KEY"],
        alt_text_deployment=values["DARKROOM_ALT_TEXT_DEPLOYMENT"],
        policy=values["DARKROOM_POLICY"],
        price_book=values["DARKROOM_PRICE_BOOK"],
        unknown_outcome=values["DARKROOM_UNKNOWN_OUTCOME"],
        attention_deadline_s=values["DARKROOM_ATTENTION_DEADLINE_S"],
        default_approval=values["DARKROOM_DEFAULT_APPROVAL"],
        max_wait_days=values["MAX_WAIT_DAYS"],
        approved_retention_days=values["APPROVED_RETENTION_DAYS"],
        journal_retention_days=values["JOURNAL_RETENTION_DAYS"],
    )


def _connection(values: Values) -> str:
    """By `DARKROOM_STORAGE*` when there is any, else by the host's own storage."""
    own = any(value for name, value in values.items() if name.startswith(OWN_STORAGE))
    return OWN_STORAGE if own else HOST_STORAGE


def _public_url(values: Values) -> str:
    given: str | None = values["DARKROOM_PUBLIC_URL"]
    return given or f"https://{values['WEBSITE_HOSTNAME']}/api"


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    """Names of our prefix that nothing would read; Linux tells cases apart, Windows does not."""
    known = {setting.name.upper(): setting.name for setting in SETTINGS}
    for name in sorted(environ):
        upper = name.upper()
        if not upper.startswith(OWN_PREFIX) or upper.startswith(DEV_PREFIX):
            continue
        if upper not in known or known[upper] not in environ:
            near = get_close_matches(upper, known, n=1, cutoff=0.8)
            hint = f"; did you mean {known[near[0]]}?" if near else ""
            yield f"{name}: unknown setting{hint}"


def _contradictions(values: Values) -> Iterator[str]:
    """What is wrong between settings; those that could not be read are left out."""
    for rule in (
        _storage_faults,
        _address_faults,
        _loopback_faults,
        _audience_faults,
        _key_faults,
        _time_faults,
    ):
        yield from rule(values)


def _storage_faults(values: Values) -> Iterator[str]:
    ways = [row.name for row in SETTINGS if row.name.startswith((HOST_STORAGE, OWN_STORAGE))]
    connection = _connection(values)
    if all(name in values for name in ways):
        try:
            storage_target(connection, values)
        except ValueError as error:
            yield f"{connection}: {error}"


def _address_faults(values: Values) -> Iterator[str]:
    if values.get("DARKROOM_PUBLIC_URL", "") is None and not values.get("WEBSITE_HOSTNAME", "?"):
        yield "DARKROOM_PUBLIC_URL: is not set, and WEBSITE_HOSTNAME is not there to make it from"


def _loopback_faults(values: Values) -> Iterator[str]:
    if values.get("DARKROOM_ALLOW_LOOPBACK", True):
        return
    plain = {
        f"DARKROOM_DEPLOYMENTS: /{place}/endpoint": deployment.endpoint
        for place, deployment in enumerate(values.get("DARKROOM_DEPLOYMENTS", ()))
    }
    if chat := values.get("DARKROOM_ALT_TEXT_DEPLOYMENT"):
        plain["DARKROOM_ALT_TEXT_DEPLOYMENT: /endpoint"] = chat.endpoint
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    for name, value in (plain | texts).items():
        if value.startswith("http://"):
            yield f"{name}: http needs DARKROOM_ALLOW_LOOPBACK=1; expected https"


def _audience_faults(values: Values) -> Iterator[str]:
    if values.get("DARKROOM_ENTRA_AUDIENCE") and not values.get("WEBSITE_AUTH_ENABLED", True):
        yield (
            "DARKROOM_ENTRA_AUDIENCE: needs App Service authentication, which is off "
            "(WEBSITE_AUTH_ENABLED)"
        )


def _key_faults(values: Values) -> Iterator[str]:
    for service in ("DARKROOM_EVENT_GRID_TOPIC", "DARKROOM_CONTENT_SAFETY"):
        if values.get(f"{service}_KEY") and not values.get(service, True):
            yield f"{service}_KEY: needs {service}"


def _time_faults(values: Values) -> Iterator[str]:
    approved, journal = values.get("APPROVED_RETENTION_DAYS"), values.get("JOURNAL_RETENTION_DAYS")
    if approved and journal and journal < approved + JOURNAL_MARGIN_DAYS:
        yield (
            f"JOURNAL_RETENTION_DAYS: is {journal}; expected at least "
            f"APPROVED_RETENTION_DAYS + {JOURNAL_MARGIN_DAYS} = {approved + JOURNAL_MARGIN_DAYS}"
        )
    wait_days, wait_s = values.get("MAX_WAIT_DAYS"), values.get("DARKROOM_ATTENTION_DEADLINE_S")
    if wait_days and wait_s and wait_s > wait_days * DAY_S:
        yield (
            f"DARKROOM_ATTENTION_DEADLINE_S: is {wait_s}; expected at most "
            f"MAX_WAIT_DAYS = {wait_days * DAY_S}"
        )

"""The composition root: settings become services. Building them opens no connection."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from shared.adapters.alt_texts import AzureAltTexts
from shared.adapters.append_blobs import AzureAppendBlobs
from shared.adapters.blob_links import AzureBlobLinks
from shared.adapters.blobs import AzureBlobs
from shared.adapters.c2pa_judge import C2paJudge, installed
from shared.adapters.clock import StorageClock
from shared.adapters.content_safety import ContentSafety
from shared.adapters.credentials import AzureTokens
from shared.adapters.entropy import SystemEntropy
from shared.adapters.event_grid import EventGridTopic
from shared.adapters.fetches import SafeFetcher
from shared.adapters.model_client import AzureOpenAIModel
from shared.adapters.queues import AzureQueue
from shared.adapters.storage import Storage
from shared.adapters.webhooks import SafeWebhooks
from shared.chain.budgets import CURRENCY
from shared.chain.ports import Blobs, Clock
from shared.chain.prices_in_force import PricesInForce
from shared.chain.services import Services, Terms
from shared.domain.deployments import Deployment
from shared.domain.document_place import DocumentBlob
from shared.domain.families import FAMILIES, RESPONSES_MODELS
from shared.domain.money import PriceBook
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.price_reading import USD, read_prices
from shared.domain.price_views import PricesStanding, standing_of
from shared.domain.screening import ScreeningRules
from shared.domain.stage_body import StandardApproval, approval_faults
from shared.errors import PolicyBroken, PricesBroken, SettingsError
from shared.settings import Settings

PRICES = Path(__file__).with_name("prices.json")
# In place of prices that are read later.
NO_PRICES = PriceBook(version="none", currency=USD, models={})


def build(settings: Settings) -> Services:
    """
    Raises:
        SettingsError: naming every setting that asks for what this app does not have.
    """
    clock = StorageClock()
    storage = Storage(settings.storage, clock)
    blobs = AzureBlobs(storage)
    tokens = AzureTokens(settings.storage.client_id)
    return Services(
        terms=_with_later_prices(terms_of(settings), settings, blobs, clock),
        clock=clock,
        entropy=SystemEntropy(),
        appends=AzureAppendBlobs(storage),
        blobs=blobs,
        queue=AzureQueue(storage),
        model=AzureOpenAIModel(
            {one.name: one for one in settings.deployments},
            tokens,
        ),
        webhooks=SafeWebhooks(settings.outbound),
        fetcher=SafeFetcher(settings.outbound),
        blob_links=AzureBlobLinks(storage),
        topic=_topic(settings, tokens),
        judge=C2paJudge() if installed() else None,
        screener=_screener(settings, tokens),
        describer=_describer(settings, tokens),
    )


def _topic(settings: Settings, tokens: AzureTokens) -> EventGridTopic | None:
    endpoint = settings.event_grid_topic
    return EventGridTopic(endpoint, settings.event_grid_topic_key, tokens) if endpoint else None


def _screener(settings: Settings, tokens: AzureTokens) -> ContentSafety | None:
    endpoint = settings.content_safety
    return ContentSafety(endpoint, settings.content_safety_key, tokens) if endpoint else None


def _describer(settings: Settings, tokens: AzureTokens) -> AzureAltTexts | None:
    deployment = settings.alt_text_deployment
    return AzureAltTexts(deployment, tokens) if deployment else None


def terms_of(settings: Settings) -> Terms:
    """
    Raises:
        SettingsError: naming every fault.
    """
    prices, prices_given = _prices(settings)
    of_models = map(partial(_deployment_faults, prices), settings.deployments)
    faults = [*(fault for found in of_models for fault in found), *_approval_faults(settings)]
    faults += [*_budget_faults(prices, settings), *_alt_text_faults(prices, settings)]
    around = _surroundings(prices, settings)
    policy, policy_faults = _policy(settings, around)
    if faults := [*faults, *policy_faults]:
        raise SettingsError(faults)
    return Terms(
        app_name=settings.app_name,
        public_url=settings.public_url,
        ring=settings.keys,
        callers=settings.callers,
        deployments=settings.deployments,
        prices=prices,
        outbound=settings.outbound,
        default_approval=settings.default_approval,
        on_unknown=settings.unknown_outcome,
        attention_deadline_s=settings.attention_deadline_s,
        max_wait_days=settings.max_wait_days,
        entra_audience=settings.entra_audience,
        screening=ScreeningRules() if settings.content_safety else None,
        draft_alt_texts=settings.alt_text_deployment is not None,
        policy=policy,
        policy_surroundings=around,
        prices_given=prices_given,
    )


def _surroundings(prices: PriceBook, settings: Settings) -> Surroundings:
    """A stage of a rule may not have the name of one that anybody is asked anyway."""
    plans = map(_plan, _given_approvals(settings).values())
    names = (stage.name.lower() for plan in plans for _, _, stage in plan.most.stages)
    return Surroundings(
        max_wait_days=settings.max_wait_days,
        currency=prices.currency,
        screened=settings.content_safety is not None,
        taken=frozenset(names),
    )


def _policy(settings: Settings, around: Surroundings) -> tuple[Policy | DocumentBlob, list[str]]:
    """A blob is read when it is first needed: building opens no connection."""
    given = settings.policy
    if given is None:
        return BUILT_IN, []
    if isinstance(given, DocumentBlob):
        return given, []
    try:
        return read_policy(Path(given).read_bytes(), around), []
    except OSError:
        return BUILT_IN, ["DARKROOM_POLICY: the file cannot be read"]
    except PolicyBroken as error:
        return BUILT_IN, [f"DARKROOM_POLICY: {one.pointer}: {one.detail}" for one in error.faults]


def _prices(settings: Settings) -> tuple[PriceBook, PricesStanding | None]:
    """
    The built-in book, or the operator's own in its place; none, where it lies in a blob: that is
    read when it is first needed.
    """
    given = settings.price_book
    if isinstance(given, DocumentBlob):
        return NO_PRICES, None
    try:
        data = (Path(given) if given else PRICES).read_bytes()
        book = read_prices(data)
    except OSError:
        raise SettingsError(["DARKROOM_PRICE_BOOK: the file cannot be read"]) from None
    except PricesBroken as error:
        faults = [f"DARKROOM_PRICE_BOOK: {one.pointer}: {one.detail}" for one in error.faults]
        raise SettingsError(faults) from None
    sha256 = hashlib.sha256(data).hexdigest()
    return book, standing_of(book, "file" if given else "builtIn", sha256)


def _with_later_prices(terms: Terms, settings: Settings, blobs: Blobs, clock: Clock) -> Terms:
    given = settings.price_book
    if not isinstance(given, DocumentBlob):
        return terms
    chats = [one.model for one in (settings.alt_text_deployment,) if one]
    prices = PricesInForce(blobs, clock, given, settings.deployments, chats)
    return replace(terms, later_prices=prices)


def _deployment_faults(prices: PriceBook, deployment: Deployment) -> Iterator[str]:
    """A retired model is none: it may retire while the app runs, and reviews must go on."""
    place = f"DARKROOM_DEPLOYMENTS: {deployment.name}"
    family = FAMILIES.get(deployment.model)
    if family is None:
        yield f"{place}: unknown model; known: {', '.join(FAMILIES)}"
    elif prices is not NO_PRICES and deployment.model not in prices.models:
        yield f"{place}: {deployment.model} has no price in the price book {prices.version}"
    if deployment.api == "responses":
        yield from _responses_faults(prices, deployment, place)


def _responses_faults(prices: PriceBook, deployment: Deployment, place: str) -> Iterator[str]:
    if deployment.model not in RESPONSES_MODELS:
        known = ", ".join(sorted(RESPONSES_MODELS))
        yield f'{place}: api "responses" does not draw with {deployment.model}; known: {known}'
    if prices is not NO_PRICES and deployment.orchestrator_model not in prices.orchestrators:
        missing = f"the orchestrator {deployment.orchestrator_model} has no price"
        yield f"{place}: {missing} in the price book {prices.version}"


def _alt_text_faults(prices: PriceBook, settings: Settings) -> Iterator[str]:
    chat = settings.alt_text_deployment
    if chat is not None and prices is not NO_PRICES and chat.model not in prices.orchestrators:
        known = ", ".join(prices.orchestrators)
        yield (
            f"DARKROOM_ALT_TEXT_DEPLOYMENT: /model: {chat.model} has no price among the "
            f"orchestrators of the price book {prices.version}; known: {known}"
        )


def _budget_faults(prices: PriceBook, settings: Settings) -> Iterator[str]:
    """Nobody here knows an exchange rate."""
    for caller in settings.callers.callers:
        if caller.monthly_budget_usd is not None and prices.currency != CURRENCY:
            yield (
                f"DARKROOM_CALLERS: {caller.name}/monthlyBudgetUsd: needs prices in {CURRENCY}; "
                f"the price book {prices.version} is in {prices.currency}"
            )


def _plan(given: object) -> StandardApproval:
    """One with a wrong shape has no stages to speak of; its faults are told elsewhere."""
    try:
        return StandardApproval.model_validate(given)
    except ValidationError:
        return StandardApproval()


def _given_approvals(settings: Settings) -> dict[str, object]:
    given = {"DARKROOM_DEFAULT_APPROVAL": settings.default_approval} | {
        f"DARKROOM_CALLERS: {caller.name}/approval": caller.approval
        for caller in settings.callers.callers
        if caller.approval is not None
    }
    return {place: one for place, one in given.items() if one not in ("none", "default")}


def _approval_faults(settings: Settings) -> Iterator[str]:
    for place, approval in _given_approvals(settings).items():
        try:
            plan = StandardApproval.model_validate(approval)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            yield from (f"{place}: /{'/'.join(map(str, f['loc']))}: {f['msg']}" for f in found)
        else:
            found_in_stages = approval_faults(plan.most, settings.max_wait_days)
            yield from (f"{place}: {fault.pointer}: {fault.detail}" for fault in found_in_stages)

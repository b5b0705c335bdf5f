"""The composition root: settings that ask for what is not there stop the app."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from shared.domain.document_place import DocumentBlob
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings
from shared.domain.screening import ScreeningRules
from shared.errors import SettingsError
from shared.services import NO_PRICES, PRICES, build, terms_of
from shared.settings import load
from tests.unit.test_settings import ALT_TEXT, CHAT, DEPLOYMENT, GOOD, RESPONSES


def faults(**changed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        terms_of(load(GOOD | changed))
    return "\n".join(caught.value.faults)


def model(name: str) -> str:
    return json.dumps([DEPLOYMENT | {"model": name}])


def test_build_opens_nothing() -> None:
    """Services are there at once, whatever they will talk to later."""
    settings = load(GOOD)

    services = build(settings)

    assert services.terms.public_url == settings.public_url
    assert services.terms.prices.models["gpt-image-2"].image_out > 0


def test_screening() -> None:
    """It is on where an endpoint is set, with rules that flag from severity 4 on."""
    off, on = (build(load(GOOD | more)) for more in ({}, {"DARKROOM_CONTENT_SAFETY": "https://s"}))

    assert (off.screener, off.terms.screening) == (None, None)
    assert on.screener is not None and on.terms.screening == ScreeningRules()


def test_alt_texts() -> None:
    """Drafts are on where a deployment is set, and each chat model of the price book may be it."""
    off = build(load(GOOD))
    assert (off.describer, off.terms.draft_alt_texts) == (None, False)
    for chat in json.loads(PRICES.read_text(encoding="utf-8"))["orchestrators"]:
        on = build(load(GOOD | {ALT_TEXT: json.dumps(CHAT | {"model": chat})}))
        assert on.describer is not None and on.terms.draft_alt_texts
        assert (on.describer.model, on.describer.deployment) == (chat, "chat")


def test_an_unpriced_chat_model() -> None:
    """What it writes would be billed at zero; it is named, and so are those that have a price."""
    text = faults(**{ALT_TEXT: json.dumps(CHAT | {"model": "ours"})})

    assert text.startswith(
        "DARKROOM_ALT_TEXT_DEPLOYMENT: /model: ours has no price among the orchestrators of the "
        "price book 2026-11; known: gpt-4o, "
    )


def test_prices_of_a_chat_model_that_come_later() -> None:
    """A book in a blob is held against it when it is read, not at start."""
    later = {"DARKROOM_PRICE_BOOK": "blob:rules/prices.json"}
    terms = build(load(GOOD | later | {ALT_TEXT: json.dumps(CHAT | {"model": "ours"})})).terms

    assert terms.draft_alt_texts and terms.later_prices is not None


def test_a_model_that_nobody_knows() -> None:
    """A model without a family is named with its deployment."""
    assert "img-weu: unknown model" in faults(DARKROOM_DEPLOYMENTS=model("gpt-image-9"))


def test_a_model_that_the_image_tool_does_not_draw_with() -> None:
    """A deployment that would be asked through the Responses API in vain is named."""
    assert 'img-weu: api "responses" does not draw with gpt-image-2' in faults(
        DARKROOM_DEPLOYMENTS=json.dumps([DEPLOYMENT | RESPONSES])
    )


def test_an_unpriced_orchestrator() -> None:
    """A chat model without a price would be billed at zero."""
    of_ours = DEPLOYMENT | RESPONSES | {"model": "gpt-image-1.5", "orchestratorModel": "ours"}
    text = json.dumps([of_ours])

    assert faults(DARKROOM_DEPLOYMENTS=text) == (
        "DARKROOM_DEPLOYMENTS: img-weu: the orchestrator ours has no price "
        "in the price book 2026-11"
    )


def test_a_deployment_through_an_orchestrator() -> None:
    """Every orchestrator of the built-in price book, and a model of the tool, is fine."""
    priced = json.loads(PRICES.read_text(encoding="utf-8"))["orchestrators"]
    for chat in priced:
        one = DEPLOYMENT | RESPONSES | {"model": "gpt-image-1.5", "orchestratorModel": chat}
        settings = load(GOOD | {"DARKROOM_DEPLOYMENTS": json.dumps([one])})

        assert terms_of(settings).deployments[0].orchestrator_model == chat


def test_a_retired_model_does_not_stop_the_app() -> None:
    """It may retire while reviews are open; only new requests for it are refused."""
    settings = load(GOOD | {"DARKROOM_DEPLOYMENTS": model("gpt-image-1")})

    assert terms_of(settings).deployments[0].model == "gpt-image-1"


def test_approval_of_a_caller() -> None:
    """So must a caller's own."""
    callers = json.dumps([{"name": "flow", "approval": {"before": []}}])

    assert "DARKROOM_CALLERS: flow/approval: #/approval/after" in faults(DARKROOM_CALLERS=callers)


def test_no_approval() -> None:
    """`none` is a valid default."""
    settings = replace(load(GOOD), default_approval="none")

    assert terms_of(settings).default_approval == "none"


def test_a_price_book_of_your_own(tmp_path: Path) -> None:
    """Its prices hold in place of the built-in ones."""
    book = json.loads(PRICES.read_text(encoding="utf-8")) | {"version": "ours-1"}
    (tmp_path / "prices.json").write_text(json.dumps(book), encoding="utf-8")

    settings = load(GOOD | {"DARKROOM_PRICE_BOOK": str(tmp_path / "prices.json")})

    assert terms_of(settings).prices.version == "ours-1"


def test_a_price_book_with_faults(tmp_path: Path) -> None:
    """A file that is not there, or is no price book, stops the app and says so."""
    (tmp_path / "prices.json").write_text('{"version": "1", "models": {}}', encoding="utf-8")

    assert "cannot be read" in faults(DARKROOM_PRICE_BOOK=str(tmp_path / "none.json"))
    assert "#/currency: Field required" in faults(DARKROOM_PRICE_BOOK=str(tmp_path / "prices.json"))


def test_a_price_book_in_a_blob() -> None:
    """It is read when it is first needed; until then there are no prices at all."""
    given = load(GOOD | {"DARKROOM_PRICE_BOOK": "blob:rules/prices.json"})

    terms = build(given).terms

    assert terms.later_prices is not None and terms.prices is NO_PRICES
    assert (NO_PRICES.models, NO_PRICES.orchestrators) == ({}, {})
    assert build(load(GOOD)).terms.later_prices is None
    responses = json.dumps([DEPLOYMENT | RESPONSES | {"model": "gpt-image-1"}])
    assert terms_of(load(GOOD | {"DARKROOM_DEPLOYMENTS": responses})).prices.orchestrators


def test_whose_price_book(tmp_path: Path) -> None:
    """Health tells where the book of the settings is from, and its digest."""
    data = PRICES.read_bytes()
    (tmp_path / "prices.json").write_bytes(data)
    own = load(GOOD | {"DARKROOM_PRICE_BOOK": str(tmp_path / "prices.json")})

    for settings, source in ((load(GOOD), "builtIn"), (own, "file")):
        standing = terms_of(settings).prices_standing()
        assert (standing.state, standing.source) == ("current", source)
        assert standing.sha256 == hashlib.sha256(data).hexdigest()


def test_an_unpriced_model(tmp_path: Path) -> None:
    """A deployment whose model has no price is refused: it would be billed at zero."""
    book = json.loads(PRICES.read_text(encoding="utf-8"))
    del book["models"]["gpt-image-2"]
    (tmp_path / "prices.json").write_text(json.dumps(book), encoding="utf-8")

    own = str(tmp_path / "prices.json")

    assert "gpt-image-2 has no price" in faults(DARKROOM_PRICE_BOOK=own)


def test_a_budget_in_another_currency_than_the_prices(tmp_path: Path) -> None:
    """A budget in dollars needs prices in dollars: nobody here knows an exchange rate."""
    callers = json.dumps([{"name": "flow", "monthlyBudgetUsd": 5}])
    book = tmp_path / "prices.json"
    book.write_text(PRICES.read_text().replace('"USD"', '"EUR"'))

    assert terms_of(load(GOOD | {"DARKROOM_CALLERS": callers})).prices.currency == "USD"
    found = faults(DARKROOM_CALLERS=callers, DARKROOM_PRICE_BOOK=str(book))
    assert "flow/monthlyBudgetUsd: needs prices in USD; the price book 2026-11 is in EUR" in found


def written(path: Path, policy: object) -> str:
    path.write_text(json.dumps(policy), encoding="utf-8")
    return str(path)


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    """A file takes the place of the built-in policy; a blob is read when it is first needed."""
    own = written(tmp_path / "policy.json", {"version": "ours-1"})

    policy = terms_of(load(GOOD | {"DARKROOM_POLICY": own})).policy
    assert isinstance(policy, Policy) and policy.version == "ours-1"
    assert terms_of(load(GOOD)).policy is BUILT_IN
    place = terms_of(load(GOOD | {"DARKROOM_POLICY": "blob:rules/policy.json"})).policy
    assert place == DocumentBlob("rules", "policy.json")


def test_a_policy_with_faults(tmp_path: Path) -> None:
    """Every fault stops the app, beside those of other settings."""
    rule = {"id": "a", "reason": "r", "when": {"words": ["x"]}, "then": "reject"}
    faulty = {"version": "1", "rules": [rule, {**rule, "then": "x"}, rule], "screening": {}}
    asks = {"id": "b", "reason": "r", "when": {}, "then": "review", "phase": "after"}
    # The last rule's stage has the name of the standard approval's own.
    taken = {"version": "1", "rules": [{**asks, "stage": {}}]}
    own = written(tmp_path / "a.json", faulty)

    found = faults(DARKROOM_POLICY=own, DARKROOM_DEPLOYMENTS=model("gpt-image-9"))

    assert "unknown model" in found
    assert "DARKROOM_POLICY: #/rules/1/then: " in found and "#/rules/2/id: " in found
    assert "cannot be read" in faults(DARKROOM_POLICY=str(tmp_path / "none.json"))
    own = written(tmp_path / "b.json", taken)
    assert "#/rules/0/stage/name: The settings have" in faults(DARKROOM_POLICY=own)


def test_what_screens_and_nothing_to_screen_with(tmp_path: Path) -> None:
    """A policy's limits for Content Safety need Content Safety."""
    own = written(tmp_path / "a.json", {"version": "1", "screening": {"hate": 2}})
    with_it = {"DARKROOM_CONTENT_SAFETY": "https://safety.cognitiveservices.azure.com"}

    assert "DARKROOM_CONTENT_SAFETY is not set" in faults(DARKROOM_POLICY=own)
    assert terms_of(load(GOOD | with_it | {"DARKROOM_POLICY": own})).policy_surroundings.screened


def test_what_a_policy_is_held_to(tmp_path: Path) -> None:
    """The longest wait, the prices' currency, and the names of everybody's own stages."""
    callers = [{"name": "flow", "approval": {"after": [{"name": "Brand"}]}}]
    book = tmp_path / "prices.json"
    book.write_text(PRICES.read_text().replace('"USD"', '"EUR"'))
    given = {"DARKROOM_CALLERS": json.dumps(callers), "DARKROOM_PRICE_BOOK": str(book)}

    around = terms_of(load(GOOD | given | {"MAX_WAIT_DAYS": "90"})).policy_surroundings

    assert around == Surroundings(90, "EUR", False, frozenset({"review", "brand"}))

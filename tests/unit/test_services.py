"""The composition root: settings that ask for what is not there stop the app."""

import json
from dataclasses import replace
from datetime import date

import pytest

from shared.errors import SettingsError
from shared.services import build, terms_of
from shared.settings import load
from tests.unit.test_settings import DEPLOYMENT, GOOD

TODAY = date(2026, 11, 20)


def faults(**changed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        terms_of(load(GOOD | changed), TODAY)
    return "\n".join(caught.value.faults)


def model(name: str) -> str:
    return json.dumps([DEPLOYMENT | {"model": name}])


def test_build_opens_nothing() -> None:
    """Services are there at once, whatever they will talk to later."""
    settings = load(GOOD)

    services = build(settings)

    assert services.terms.public_url == settings.public_url
    assert services.terms.prices.models["gpt-image-2"].image_out > 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gpt-image-9", "img-weu: unknown model"),
        ("gpt-image-1", "img-weu: gpt-image-1 was retired on 2026-10-23"),
    ],
)
def test_models_that_cannot_be_called(name: str, reason: str) -> None:
    """A model that is unknown or retired is named with its deployment."""
    assert reason in faults(DARKROOM_DEPLOYMENTS=model(name))


def test_approval_of_a_caller() -> None:
    """So must a caller's own."""
    callers = json.dumps([{"name": "flow", "approval": {"before": []}}])

    assert "DARKROOM_CALLERS: flow/approval: /after" in faults(DARKROOM_CALLERS=callers)


def test_no_approval() -> None:
    """`none` is a valid default."""
    settings = replace(load(GOOD), default_approval="none")

    assert terms_of(settings, TODAY).default_approval == "none"

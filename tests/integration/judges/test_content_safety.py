"""The vendor's own client takes the simulator for Content Safety."""

from collections.abc import Iterator

import pytest
from azure.ai.contentsafety import ContentSafetyClient
from azure.ai.contentsafety.models import AnalyzeTextOptions, TextCategory
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from dev.simulator import Simulator, running_simulator

KEY = "key-for-tests"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(key=KEY, deployments={"img": "gpt-image-2"}) as running:
        running.block(brand_terms=["contoso"])
        yield running


def client_of(
    simulator: Simulator, key: str = KEY, version: str = "2024-09-01"
) -> ContentSafetyClient:
    return ContentSafetyClient(
        simulator.url, AzureKeyCredential(key), api_version=version, retry_total=0
    )


@pytest.mark.parametrize("version", ["2023-10-01", "2024-09-01"])
def test_it_reads_the_answer(simulator: Simulator, version: str) -> None:
    """Categories, severities and hits come out of it as they went in."""
    asked = AnalyzeTextOptions(
        text="A Contoso lamp, hate-4, violence-3", blocklist_names=["brand-terms"]
    )
    with client_of(simulator, version=version) as client:
        found = client.analyze_text(asked)

    levels = {one.category: one.severity for one in found.categories_analysis}
    assert levels == {
        TextCategory.HATE: 4,
        TextCategory.SELF_HARM: 0,
        TextCategory.SEXUAL: 0,
        TextCategory.VIOLENCE: 2,
    }
    assert found.blocklists_match is not None
    [hit] = found.blocklists_match
    assert (hit.blocklist_name, hit.blocklist_item_text) == ("brand-terms", "contoso")


def test_it_reads_the_errors(simulator: Simulator) -> None:
    """It tells a wrong key, a missing list, a bad body and a full quota apart."""
    long = AnalyzeTextOptions(text="x" * 10_001)
    unknown = AnalyzeTextOptions(text="x", blocklist_names=["gone"])
    with client_of(simulator, key="wrong") as client, pytest.raises(ClientAuthenticationError):
        client.analyze_text(AnalyzeTextOptions(text="x"))
    with client_of(simulator) as client:
        with pytest.raises(ResourceNotFoundError) as missing:
            client.analyze_text(unknown)
        with pytest.raises(HttpResponseError) as invalid:
            client.analyze_text(long)
        simulator.order({"kind": "screen429"})
        with pytest.raises(HttpResponseError) as full:
            client.analyze_text(AnalyzeTextOptions(text="x"))

    errors = [caught.value.error for caught in (missing, invalid, full)]
    assert [error.code for error in errors if error] == [
        *("ResourceNotFound", "InvalidRequestBody", "TooManyRequests")
    ]
    assert full.value.status_code == 429

"""The published document against the running app: what it promises of answers always holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, checks, openapi
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks as promises

from dev.deployments import DEPLOYMENT
from shared.domain import names
from shared.web.table import ROUTES
from tests.e2e import marks
from tests.e2e.pictures import picture
from tests.e2e.world import World, running_world

# Of each operation, from what its schema allows; where there is a body or a query, as many again
# that it does not allow.
EXAMPLES = 6
PROMISES = [
    checks.not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_headers_conformance,
    promises.response_schema_conformance,
]
TEMPLATE = {"title": "Known", "prompt": "A lighthouse", "example": {}}
ASKED = [
    (name, mode)
    for name, route in ROUTES.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or route.parameters or route.request
]


@dataclass(frozen=True)
class Published:
    """The document that the app serves, and what is there, by the first part of a path."""

    schema: BaseSchema
    known: Mapping[str, Mapping[str, str]]
    headers: Mapping[str, str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A system of its own: nobody else is disturbed by what is paused, erased or sent again."""
    with running_world(tmp_path_factory.mktemp("published")) as world:
        schema = openapi.from_url(f"{world.places.api_url}/openapi.json")
        yield Published(schema, _made(world), {"x-functions-key": world.keys.function})


def _made(world: World) -> dict[str, dict[str, str]]:
    client = world.client
    request_id = client.submitted(marks.order(callbackUrl=world.callback_url))
    client.reached(request_id, "awaitingApproval")
    client.uploaded(picture(), "image/png")
    assert client.put_template("known", TEMPLATE).status == 200
    return {
        "images": {"id": request_id, "index": "0"},
        "batches": {"id": client.batched([{"prompt": marks.PROMPT}])},
        "templates": {"name": "known"},
        "subscriptions": {"id": client.subscribed(world.callback_url)},
        "deployments": {"name": DEPLOYMENT},
        "deadletters": {"queue": names.REQUEST_QUEUE},
        "erasures": {"id": client.erased(subject="nobody@contoso.example")["id"]},
        "deliveries": {"id": f"{request_id}-1"},
        "assets": {"folder": "review", "file": "review.js"},
    }


@pytest.mark.parametrize(("name", "mode"), ASKED)
def test_answers_are_as_published(name: str, mode: GenerationMode, published: Published) -> None:
    """Status, type, headers and body of each answer are in the document, and none is a 5xx."""
    route = ROUTES[name]
    label = f"{route.method} /{route.path}"
    operation = published.schema.find_operation_by_label(label)
    assert operation is not None
    known = published.known.get(route.path.partition("/")[0], {})

    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: Case[Any]) -> None:
        here = {part: known[part] for part in route.path_names if part in known}
        for path in {tuple(case.path_parameters.items()), tuple(here.items())}:
            case.path_parameters = dict(path)
            answer = case.call(headers=dict(published.headers))
            case.validate_response(answer, checks=PROMISES)

    tried()

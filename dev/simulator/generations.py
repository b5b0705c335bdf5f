"""images/generations on both URL forms."""

from __future__ import annotations

from collections.abc import Mapping

from . import gateway, images
from .answers import Answer, Request
from .fields import Fields, wrong_type
from .operations import GENERATIONS
from .service import Deployment, Service
from .serving import opened, serve
from .validation import parse_object, validate


def generate_on_deployment(service: Service, request: Request, name: str) -> Answer:
    """The older form: the deployment is in the path, ``model`` is the model id or left out."""
    api_version = gateway.enter(service.credentials, request, GENERATIONS, v1=False)
    deployment = service.deployment(name)
    body = parse_object(request.body)
    return _generate(service, request, api_version, deployment, body, names_model=True)


def generate_on_v1(service: Service, request: Request) -> Answer:
    """The newer form: ``model`` in the body is the deployment's name."""
    api_version = gateway.enter(service.credentials, request, GENERATIONS, v1=True)
    body = parse_object(request.body)
    deployment = service.deployment(deployment_name(body))
    return _generate(service, request, api_version, deployment, body, names_model=False)


def deployment_name(body: Mapping[str, object]) -> str:
    """The body's ``model``, which on v1 is the deployment."""
    name = Fields(body).required("model")
    if not isinstance(name, str):
        raise wrong_type("model", str, name)
    return name


def _generate(
    service: Service,
    request: Request,
    api_version: str,
    deployment: Deployment,
    body: Mapping[str, object],
    *,
    names_model: bool,
) -> Answer:
    quotas = {deployment.name: deployment.quota}
    call = opened(service, request, GENERATIONS, api_version, quotas)
    model = deployment.model
    return serve(
        service,
        call,
        lambda turn: images.make(turn, model, validate(body, model, names_model=names_model)),
    )

"""images/edits on both URL forms."""

from __future__ import annotations

from . import gateway, images
from .answers import Answer, Request
from .form import Form, parse_form
from .generations import deployment_name
from .inputs import read_inputs
from .operations import EDITS
from .service import Deployment, Service
from .serving import Turn, opened, serve
from .validation import validate_edit


def edit_on_deployment(service: Service, request: Request, name: str) -> Answer:
    """The older form: the deployment is in the path, ``model`` is the model id or left out."""
    api_version = gateway.enter(service.credentials, request, EDITS, v1=False)
    deployment = service.deployment(name)
    form = parse_form(request)
    return _edit(service, request, api_version, deployment, form, names_model=True)


def edit_on_v1(service: Service, request: Request) -> Answer:
    """The newer form: the field ``model`` is the deployment's name."""
    api_version = gateway.enter(service.credentials, request, EDITS, v1=True)
    form = parse_form(request)
    deployment = service.deployment(deployment_name(form.fields()))
    return _edit(service, request, api_version, deployment, form, names_model=False)


def _edit(
    service: Service,
    request: Request,
    api_version: str,
    deployment: Deployment,
    form: Form,
    *,
    names_model: bool,
) -> Answer:
    model = deployment.model

    def make(turn: Turn) -> Answer:
        inputs = read_inputs(form)
        order = validate_edit(form.fields(), model, inputs, names_model=names_model)
        return images.make(turn, model, order)

    quotas = {deployment.name: deployment.quota}
    return serve(service, opened(service, request, EDITS, api_version, quotas), make)

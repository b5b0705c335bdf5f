"""
The Responses API: an orchestrator, which is a chat model, is asked to draw with the image tool.

The image deployment is named in a header, the orchestrator's in the body, and each of them can be
the one that is missing.
"""

import json
from collections.abc import Mapping

import httpx

from shared.adapters.model_errors import envelope_of, names_no_model, not_sent, parsed
from shared.adapters.model_errors import error_of as plain_error_of
from shared.chain.ports import ModelCall
from shared.domain.deployments import Deployment
from shared.errors import ModelError

DEPLOYMENT_HEADER = "x-ms-oai-image-generation-deployment"

# Who speaks when the image tool objects; the orchestrator's side says invalid_request_error.
_IMAGE_SIDE = "image_generation_user_error"
# Code and parameter of the answer when the header is missing, as a user of Azure reported it.
_NO_HEADER = ("invalid_request_error", "tools")
_IMAGE_PARAMETERS = frozenset({"tools[0].model", DEPLOYMENT_HEADER})
# The gateway's: no deployment of this name, or one that cannot chat.
_NOT_THERE = frozenset({"DeploymentNotFound", "OperationNotSupported"})


def url_of(deployment: Deployment) -> httpx.URL:
    url = httpx.URL(f"{deployment.endpoint.rstrip('/')}/openai/v1/responses")
    version = deployment.api_version
    return url.copy_add_param("api-version", version) if version else url


def headers_of(deployment: Deployment) -> dict[str, str]:
    if not deployment.deployment.isascii():
        raise not_sent("deployment_missing")
    return {DEPLOYMENT_HEADER: deployment.deployment}


def body_of(deployment: Deployment, call: ModelCall) -> bytes:
    """
    The request as ASCII JSON.

    The tool has to be used, so that the orchestrator cannot choose to chat; nothing is stored
    upstream. The tool takes no `n`: it draws one image.
    """
    tool: dict[str, object] = {"type": "image_generation", **call.options}
    fields: dict[str, object] = {
        "model": deployment.orchestrator,
        "input": call.prompt,
        "tools": [tool],
        "tool_choice": {"type": "image_generation"},
        "store": False,
        "user": call.user,
    }
    if call.partial_images is not None:
        tool["partial_images"] = call.partial_images
        fields["stream"] = True
    return json.dumps(fields).encode("ascii")


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ModelError:
    """As for images, but what is missing is either of two deployments."""
    error = plain_error_of(status, headers, body)
    code = _missing(body) if status in (400, 404) else None
    if code is None:
        return error
    missing = not_sent(code)
    missing.upstream_request_id = error.upstream_request_id
    return missing


def _missing(body: bytes) -> str | None:
    """Our code for the deployment that Azure cannot use; None when that is not the error."""
    envelope = envelope_of(parsed(body))
    if envelope is None or envelope.filtered:
        return None
    if envelope.parameter in _IMAGE_PARAMETERS:
        return "deployment_missing"
    gone = names_no_model(envelope) or envelope.code in _NOT_THERE
    if envelope.kind != _IMAGE_SIDE:
        return "orchestrator_missing" if gone else None
    no_header = (envelope.code, envelope.parameter) == _NO_HEADER
    return "deployment_missing" if gone or no_header else None

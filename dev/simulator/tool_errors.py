"""Refusals of the Responses route.

Chat's filter envelope and the missing header are captured, the others are composed.
"""

from __future__ import annotations

from .answers import Refusal
from .errors import calm_categories, image_parameter, parameter, unkeyed, unknown_parameter

DEPLOYMENT_HEADER = "x-ms-oai-image-generation-deployment"
IMAGE_REFUSED = "image_content_policy_violation"


def prompt_filtered() -> Refusal:
    """400 by chat's spelling: ``innererror`` and ``content_filter_result``."""
    categories = calm_categories() | {"violence": {"filtered": True, "severity": "medium"}}
    del categories["profanity"]
    error = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry. To learn more about our content "
        "filtering policies please read our documentation: "
        "https://go.microsoft.com/fwlink/?linkid=2198766",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": categories,
        },
    }
    return Refusal(400, {"error": error})


def ordered_parameter_error() -> Refusal:
    """400 as a fault order: the count, which the tool does not know."""
    return unknown_parameter("tools[0].n")


def failed_without_status() -> Refusal:
    """200 with an error and no output."""
    error = {"code": "server_error", "message": "The server had an error processing your request."}
    return Refusal(200, {"object": "response", "status": "failed", "error": error, "output": []})


def header_missing() -> Refusal:
    """400 as a user of Azure reported it: the tool does not know what to draw with."""
    message = f"imagegen deployment must be provided through header: {DEPLOYMENT_HEADER}"
    return image_parameter(message, "tools", "invalid_request_error")


def image_deployment_not_found(name: str) -> Refusal:
    """404 that names the header, where an unknown orchestrator gets the front door's 404."""
    message = f"The image generation deployment '{name}' does not exist."
    missing = parameter(message, DEPLOYMENT_HEADER, "DeploymentNotFound")
    return Refusal(404, missing.body)


def model_not_in_tool(model_id: str) -> Refusal:
    """400 for a deployment of a model that the tool does not take."""
    message = f"The model '{model_id}' is not supported by the image generation tool."
    return image_parameter(message, DEPLOYMENT_HEADER)


def nothing_to_edit() -> Refusal:
    """400 for an edit, or a mask, without a picture in the input."""
    message = "Image generation tool was called to edit, but no image is in the context."
    return image_parameter(message, "tools[0].action")


def unusable_image(param: str) -> Refusal:
    """400 for anything but a base64 data URL of a PNG or JPEG; there is nothing to fetch from."""
    message = f"Invalid '{param}'. Expected a base64-encoded data URL of a PNG or JPEG image."
    return parameter(message, param, "invalid_value")


def no_earlier_response(name: str) -> Refusal:
    """400: nothing is stored here, and Azure lists editing over several turns as unsupported."""
    message = f"Previous response with id '{name}' not found."
    return parameter(message, "previous_response_id", "previous_response_not_found")


def no_background() -> Refusal:
    """400: whether the tool works in the background on Azure is not known."""
    return unkeyed("Background mode is not supported with the image generation tool.", None)

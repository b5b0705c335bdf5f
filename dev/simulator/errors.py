"""The service's error bodies, word for word where a capture is known.

Two envelopes exist: the gateway's ``{"error": {"code", "message"}}`` and the model side's, which
adds ``type`` and ``param``. Bodies without a known capture say so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from .answers import Refusal

FAULTY_REQUEST = "invalid_request_error"
FAULTY_IMAGE_REQUEST = "image_generation_user_error"
SERVER_FAILED = (
    "The server had an error processing your request. Sorry about that! You can retry your "
    "request, or contact us through our help center at help.openai.com if you keep seeing this "
    "error. (Please include the request ID req_23c3 in your email.)"
)


def _gateway(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message}})


def _model_side(
    status: int, message: str, kind: str, param: str | None, code: str | None
) -> Refusal:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Refusal(status, {"error": error})


def parameter(message: str, param: str, code: str) -> Refusal:
    """400 found by reading the request's schema, before any model is asked."""
    return _model_side(400, message, FAULTY_REQUEST, param, code)


def image_parameter(message: str, param: str | None, code: str = "invalid_value") -> Refusal:
    """400 from the model's own rules; its ``type`` differs from that of the schema errors."""
    return _model_side(400, message, FAULTY_IMAGE_REQUEST, param, code)


def unknown_parameter(name: str) -> Refusal:
    """400 for a name this endpoint has not; ``response_format`` is the usual one."""
    return parameter(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def model_does_not_exist(name: str) -> Refusal:
    """400 when the deployment form's body names anything but the real model id."""
    return image_parameter(f"The model '{name}' does not exist.", "model")


def invalid_size(size: str, rule: str) -> Refusal:
    """400 with the broken size rule in words, the form every size error takes."""
    return image_parameter(f"Invalid size '{size}'. {rule}", "size")


def below_minimum_pixels(size: str) -> Refusal:
    """400 for fewer than 655,360 pixels."""
    return invalid_size(size, "Requested resolution is below the current minimum pixel budget.")


def ordered_parameter_error() -> Refusal:
    """400 as a fault order: a rule the model would state."""
    return below_minimum_pixels("576x1024")


def unkeyed(message: str, code: str | None) -> Refusal:
    """400 for a request as a whole; the wordings are composed, the envelope is the model side's."""
    return _model_side(400, message, FAULTY_REQUEST, None, code)


def unreadable_json() -> Refusal:
    """400 for a body that is no JSON object."""
    return unkeyed("We could not parse the JSON body of your request.", None)


def calm_categories() -> dict[str, dict[str, object]]:
    """What the filter looks at, with nothing found."""
    graded = ("hate", "self_harm", "sexual", "violence")
    detected = ("jailbreak", "profanity")
    return {name: {"filtered": False, "severity": "safe"} for name in graded} | {
        name: {"detected": False, "filtered": False} for name in detected
    }


def prompt_filtered() -> Refusal:
    """400 with categories: images spell it ``inner_error`` and ``content_filter_results``."""
    categories = calm_categories() | {"violence": {"filtered": True, "severity": "low"}}
    error = {
        "code": "content_policy_violation",
        "inner_error": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_results": categories,
            "revised_prompt": "A simulated revision of the prompt.",
        },
        "message": "Your request was rejected as a result of our safety system. "
        "Your prompt may contain text that is not allowed by our safety system.",
        "type": FAULTY_REQUEST,
    }
    return Refusal(400, {"error": error})


def moderation_blocked() -> Refusal:
    """400 of the model side; the categories stand in the text."""
    message = "Your request was rejected by the safety system. safety_violations=[violence]."
    return image_parameter(message, None, "moderation_blocked")


def image_filtered(created_epoch_s: int) -> Refusal:
    """400 after the image was made: a third envelope, with ``created`` beside ``error``."""
    message = "Generated image was filtered as a result of our safety system."
    error = {"code": "contentFilter", "message": message}
    return Refusal(400, {"created": created_epoch_s, "error": error})


def prompt_filtered_with_status_200() -> Refusal:
    """The how-to's literal for a filtered prompt; which status it comes with is not said."""
    error = {
        "code": "contentFilter",
        "message": "Your task failed as a result of our safety system.",
    }
    return Refusal(200, {"created": int(time.time()), "error": error})


def wrong_key() -> Refusal:
    """401 for a missing or wrong ``api-key``; the code is the status as text."""
    return _gateway(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide "
        "a valid key for an active subscription and use a correct regional API endpoint for your "
        "resource.",
    )


def missing_data_action(data_action: str, operation_path: str) -> Refusal:
    """401 for a bearer token without the role; the action has no deployments segment."""
    action = f"Microsoft.CognitiveServices/accounts/OpenAI/{data_action}"
    return lacking_role(action, operation_path)


def lacking_role(action: str, operation_path: str) -> Refusal:
    """401 for a bearer token without the role, of any of the account's services."""
    return _gateway(
        401,
        "PermissionDenied",
        "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action "
        f"`{action}` to perform `POST {operation_path}` operation.",
    )


def blocked_resource() -> Refusal:
    """403 for the whole resource, though its words sound like a refused prompt."""
    return _gateway(
        403,
        "Forbidden",
        "Your resource has been temporarily blocked because we detected behavior that may violate "
        "our content policy. For more details on Azure OpenAI service content policy, please visit "
        "https://aka.ms/aoaicodeofconduct",
    )


def keys_disabled() -> Refusal:
    """403 for a resource that takes Entra tokens alone."""
    message = "Key based authentication is disabled for this resource."
    return _gateway(403, "AuthenticationTypeDisabled", message)


def network_denied() -> Refusal:
    """403 for a caller from outside the resource's network."""
    return _gateway(403, "403", "Access denied due to Virtual Network/Firewall rules.")


def deployment_not_found() -> Refusal:
    """404 for an unknown deployment, on both URL forms."""
    return _gateway(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within "
        "the last 5 minutes, please wait a moment and try again.",
    )


def wrong_operation(operation: str, model: str) -> Refusal:
    """400 for a deployment of the other kind, in the words captured on chat."""
    message = f"The {operation} operation does not work with the specified model, {model}."
    return _gateway(400, "OperationNotSupported", message)


def resource_not_found() -> Refusal:
    """404 for a wrong path and for an api-version that does not serve it."""
    return _gateway(404, "404", "Resource not found")


def timed_out() -> Refusal:
    """408 as captured on chat; none is known for images."""
    return _gateway(408, "Timeout", "The operation was timeout.")


def retry_headers(retry_after_s: float) -> Mapping[str, str]:
    """Both spellings: whole seconds, and milliseconds, which the SDK prefers."""
    return {
        "Retry-After": str(math.ceil(retry_after_s)),
        "retry-after-ms": str(math.ceil(retry_after_s * 1000)),
    }


def too_many_requests(operation: str, api_version: str, retry_after_s: float) -> Refusal:
    """429 for the call rate, the only quota image deployments have."""
    seconds = math.ceil(retry_after_s)
    plural = "second" if seconds == 1 else "seconds"
    refusal = _gateway(
        429,
        "429",
        f"Requests to the {operation} Operation under Azure OpenAI API version "
        f"{api_version} have exceeded call rate limit of your current OpenAI S0 pricing tier. "
        f"Please retry after {seconds} {plural}. Please go here: https://aka.ms/oai/quotaincrease "
        "if you would like to further increase the default rate limit.",
    )
    spent = {"x-ratelimit-remaining-requests": "0"}
    return Refusal(429, refusal.body, {**retry_headers(retry_after_s), **spent})


def too_many_headers() -> Refusal:
    """431 for more than ten custom headers; the body is composed."""
    return _gateway(431, "431", "Request Header Fields Too Large")


def server_error() -> Refusal:
    """500 in the model side's words."""
    return _model_side(500, SERVER_FAILED, "server_error", None, None)


def gateway_down() -> Refusal:
    """503 with nothing in it, as of a gateway that has nobody behind it; composed."""
    return Refusal(503, None)


def service_unavailable() -> Refusal:
    """503: the sentence is one Azure lists for lack of capacity, the code is composed."""
    message = "The service is temporarily unable to process your request. Please try again later."
    return _gateway(503, "ServiceUnavailable", message)

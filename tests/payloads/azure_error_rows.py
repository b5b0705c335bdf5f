"""One row for each answer without an image; what the columns mean is in `azure_errors.py`."""

from collections.abc import Mapping

from tests.payloads.azure_errors import (
    BLOCKED,
    CALM,
    CHAT,
    CHAT_FILTERED,
    FILTERED,
    FIREWALL,
    IMAGES,
    LOW,
    MODERATED,
    NO_DATA_ACTION,
    NO_SUCH_DEPLOYMENT,
    NOT_SENT,
    PLAIN_IMAGE,
    PLAIN_PROMPT,
    PROMPT_FILTERED,
    RATE_LIMITED,
    REJECTED,
    REJECTED_BY_SAFETY,
    SERVER_ERROR,
    SERVER_FAILED,
    THROTTLED,
    UNKNOWN,
    WRONG_KEY,
    Row,
    error,
    user_error,
    verdict,
)

_POLICY, _FILTERED = "content_policy_violation", "content_filtered"
_INVALID = "invalid_request_error"
_REFUSED = "model_rejected_request"
_UNAUTHORIZED, _FORBIDDEN = "upstream_unauthorized", "upstream_forbidden"
_NO_DEPLOYMENT, _NO_PATH = "deployment_missing", "path_missing"
_FAILED, _BROKEN = "upstream_failed", "broken_answer"
_HTML = b"<html><title>502 Bad Gateway</title></html>"
_VIOLENT = {**verdict(IMAGES, violence=LOW), "revised_prompt": "A dark illustration."}
_ONLY_JAILBREAK = {"code": "ResponsibleAIPolicyViolation", IMAGES: {"jailbreak": CALM}}
_DETECTED = verdict(IMAGES, jailbreak={"detected": True, "filtered": False})
_LISTED = verdict(IMAGES, custom_blocklists={"filtered": True, "details": []})
_CHAT_VERDICT = verdict(CHAT, hate=LOW, violence={"filtered": True, "severity": "medium"})


def _filtered(name: str, body: object, *categories: str, status: int = 400) -> Row:
    return Row(name, status, body, FILTERED, _FILTERED, categories)


def _moderated(name: str, violations: str, *categories: str) -> Row:
    body = user_error(MODERATED.format(violations), None, "moderation_blocked")
    return _filtered(name, body, *categories)


def _images(inner: Mapping[str, object], code: str | None = _POLICY) -> object:
    return error(code, REJECTED_BY_SAFETY, type=_INVALID, inner_error=inner)


_OF_THE_FILTER = (
    _filtered("how-to, prompt", PLAIN_PROMPT),
    _filtered("how-to, prompt, as success", PLAIN_PROMPT, status=200),
    _filtered("how-to, image", PLAIN_IMAGE),
    _filtered("how-to, image, as success", PLAIN_IMAGE, status=200),
    _filtered("error in the image's place", {"created": 1, "data": [PLAIN_IMAGE]}, status=200),
    _filtered("images", _images(_VIOLENT), "violence"),
    _filtered("images, as success", _images(_VIOLENT), "violence", status=200),
    _filtered("images, only an innocent category", _images(_ONLY_JAILBREAK)),
    _filtered("images, code within", _images(_DETECTED, None), "jailbreak"),
    _filtered("images, other code outside", _images(_VIOLENT, "400"), "violence"),
    _filtered("images, a blocklist", _images(_LISTED), "custom_blocklists"),
    _filtered("images, no verdicts", _images({"code": "ResponsibleAIPolicyViolation"})),
    _moderated("model service", "sexual", "sexual"),
    _moderated("model service, two", "sexual, violence", "sexual", "violence"),
    _moderated("model service, strange", "<b>"),
    _moderated("model service, endless", "a" * 5000),
    _filtered(
        "chat",
        error(
            "content_filter",
            CHAT_FILTERED,
            type=None,
            param="prompt",
            status=400,
            innererror=_CHAT_VERDICT,
        ),
        *("hate", "violence"),
    ),
    _filtered("no text at all", {"error": {"code": "content_filter"}}),
    _filtered("filter behind 403", error("moderation_blocked", "No."), status=403),
)


def _rejected(name: str, body: object) -> Row:
    return Row(name, 400, body, REJECTED, _REFUSED)


_OF_THE_REQUEST = (
    _rejected(
        "unknown parameter",
        error(
            "unknown_parameter",
            "Unknown parameter: 'response_format'.",
            type=_INVALID,
            param="response_format",
        ),
    ),
    _rejected(
        "size, too long",
        user_error(
            "Invalid size '4096x4096'. The longest edge must be less than or equal to 3840.",
            "size",
            "invalid_value",
        ),
    ),
    _rejected(
        "size, too small",
        user_error(
            "Invalid size '576x1024'. Requested resolution is below the current minimum pixel "
            "budget.",
            "size",
            "invalid_value",
        ),
    ),
    _rejected(
        "image file",
        user_error(
            "Invalid image file or mode for image 3, please check your image file.",
            None,
            "invalid_image_file",
        ),
    ),
    _rejected(
        "input_fidelity",
        user_error(
            "The model 'gpt-image-2' does not support the 'input_fidelity' parameter.",
            "input_fidelity",
            "invalid_input_fidelity_model",
        ),
    ),
    _rejected("payload", error("InvalidPayload", "Bad payload.")),
    _rejected("strange parameter", user_error("No.", "<script>alert(1)</script>", "x")),
    _rejected("HTML", _HTML),
    _rejected("nothing", b""),
    # The filter's words without its code.
    _rejected("filter's text", user_error(REJECTED_BY_SAFETY, None, "invalid_value")),
    _rejected("violations' text", user_error(MODERATED.format("sexual"), None, "invalid_value")),
    _rejected("block's text", error("BadRequest", BLOCKED)),
    _rejected("deployment's text", error("BadRequest", NO_SUCH_DEPLOYMENT)),
)


def _not_sent(name: str, status: int, body: object, code: str) -> Row:
    return Row(name, status, body, NOT_SENT, code)


_NO_MODEL = "The model 'gpt-image-2-1' does not exist."
_OF_THE_RESOURCE = (
    _not_sent("key", 401, error("401", WRONG_KEY), _UNAUTHORIZED),
    _not_sent("rights", 401, error("PermissionDenied", NO_DATA_ACTION), _UNAUTHORIZED),
    _not_sent("rights, 403", 403, error("PermissionDenied", NO_DATA_ACTION), _UNAUTHORIZED),
    _not_sent("401 without body", 401, b"", _UNAUTHORIZED),
    _not_sent("401, firewall's text", 401, error("401", FIREWALL), _UNAUTHORIZED),
    _not_sent("blocked", 403, error("Forbidden", BLOCKED), "upstream_blocked"),
    _not_sent("blocked, other words", 403, error("forbidden", FIREWALL), "upstream_blocked"),
    _not_sent("block's text, other code", 403, error("403", BLOCKED), _FORBIDDEN),
    _not_sent("filter's text, 403", 403, error("403", PROMPT_FILTERED), _FORBIDDEN),
    _not_sent(
        *("keys disabled", 403),
        error(
            "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource."
        ),
        _UNAUTHORIZED,
    ),
    _not_sent("firewall", 403, error("403", FIREWALL), _FORBIDDEN),
    _not_sent("403 without body", 403, b"", _FORBIDDEN),
    _not_sent("403 in HTML", 403, _HTML, _FORBIDDEN),
    _not_sent("deployment", 404, error("DeploymentNotFound", NO_SUCH_DEPLOYMENT), _NO_DEPLOYMENT),
    _not_sent("path", 404, error("404", "Resource not found"), _NO_PATH),
    _not_sent("path, deployment's text", 404, error("404", NO_SUCH_DEPLOYMENT), _NO_PATH),
    _not_sent("404 in HTML", 404, _HTML, _NO_PATH),
    _not_sent("model", 400, user_error(_NO_MODEL, "model", "invalid_value"), _NO_DEPLOYMENT),
    _not_sent("model, no code", 400, user_error(_NO_MODEL, "model", None), _NO_DEPLOYMENT),
    _not_sent("model, its code", 400, error("model_not_found", _NO_MODEL), _NO_DEPLOYMENT),
    _not_sent("model, 404", 404, error("model_not_found", _NO_MODEL), _NO_DEPLOYMENT),
    _not_sent("redirect", 307, b"", _NO_PATH),
    _not_sent("headers", 431, b"", "headers_refused"),
    _not_sent("headers, in HTML", 431, _HTML, "headers_refused"),
)


def _throttled(name: str, message: str, after_s: float, **headers: str) -> Row:
    wire = {header.replace("_", "-"): value for header, value in headers.items()}
    return Row(name, 429, error("429", message), THROTTLED, "throttled", (), after_s, wire)


_MINUTE = {
    "retry_after": "Fri, 20 Nov 2026 12:01:00 GMT",
    "date": "Fri, 20 Nov 2026 12:00:00 GMT",
}
_OF_THE_QUOTA = (
    _throttled("call rate", RATE_LIMITED, 38, retry_after="38", retry_after_ms="38000"),
    _throttled(
        "the finer one counts", RATE_LIMITED, 38.5, retry_after="39", retry_after_ms="38500"
    ),
    _throttled(
        "seconds alone", RATE_LIMITED.replace("OpenAI S0", "AIServices S0"), 1, retry_after="1"
    ),
    _throttled("tokens", RATE_LIMITED.replace("call rate", "token rate"), 2, retry_after_ms="2000"),
    _throttled("a day", "Rate limit is exceeded", 86_400, retry_after="86400"),
    _throttled("longer than that", "Rate limit is exceeded", 86_400, retry_after="86400000"),
    _throttled("a date", "System is experiencing high demand", 60, **_MINUTE),
    _throttled("a date that was", "x", 0, **{**_MINUTE, "date": "Fri, 20 Nov 2026 13:00:00 GMT"}),
    _throttled("no number", RATE_LIMITED, 10, retry_after="soon", retry_after_ms="-1"),
    _throttled("none but in the text", RATE_LIMITED, 10),
    Row("429 without body", 429, b"", THROTTLED, "throttled", retry_after_s=10),
    Row("429 in HTML", 429, _HTML, THROTTLED, "throttled", retry_after_s=10),
    Row("429 of a filter", 429, PLAIN_PROMPT, THROTTLED, "throttled", retry_after_s=10),
)


def _unknown(name: str, status: int, body: object, code: str = _FAILED, **headers: str) -> Row:
    return Row(name, status, body, UNKNOWN, code, headers=headers)


_BUSY = "The service is temporarily unable to process your request"
_BACKEND = "Backend returned unexpected response. Please contact Microsoft for help."
_TIMEOUT = error("Timeout", "The operation was timeout.")
_OF_NOBODY_KNOWS_WHAT = (
    _unknown("timeout", 408, _TIMEOUT, "timed_out"),
    _unknown("timeout, may ask again", 408, b"", "timed_out", **{"retry-after": "3"}),
    _unknown("server", 500, SERVER_ERROR),
    _unknown("backend", 503, error("InternalServerError", _BACKEND)),
    _unknown("busy", 503, error("503", _BUSY), **{"retry-after": "5"}),
    _unknown("quota's text", 503, error("429", RATE_LIMITED)),
    _unknown("block's text, 500", 500, error("Forbidden", BLOCKED)),
    _unknown("filter's text, 500", 500, error(None, REJECTED_BY_SAFETY, type="server_error")),
    _unknown("filter's code, 500", 500, PLAIN_PROMPT),
    _unknown("502 in HTML", 502, _HTML),
    _unknown("504 without body", 504, b""),
    _unknown("conflict", 409, {}),
    _unknown("accepted for later", 202, {}),
    _unknown("error as success", 200, error("server_error", SERVER_FAILED)),
    _unknown("error that is text", 200, {"error": "contentFilter"}),
    _unknown("filter's text as success", 200, error("server_error", REJECTED_BY_SAFETY)),
    _unknown("failed in the image's place", 200, {"created": 1, "data": [SERVER_ERROR]}),
    _unknown("no images", 200, {"created": 1, "data": []}, _BROKEN),
    _unknown("no data", 200, {"created": 1}, _BROKEN),
    _unknown("data null", 200, {"created": 1, "data": None}, _BROKEN),
    _unknown("an empty image", 200, {"data": [{"b64_json": ""}]}, _BROKEN),
    _unknown("an address", 200, {"data": [{"url": "https://example.invalid/0.png"}]}, _BROKEN),
    _unknown("success in HTML", 200, _HTML, _BROKEN),
    _unknown("success without body", 200, b"", _BROKEN),
    _unknown("half of an error", 200, b'{"error":', _BROKEN),
)

ROWS = (
    *(*_OF_THE_FILTER, *_OF_THE_REQUEST, *_OF_THE_RESOURCE),
    *(*_OF_THE_QUOTA, *_OF_NOBODY_KNOWS_WHAT),
)
# The filter's no to a prompt, in every form.
FILTERED_ROWS = tuple(row for row in ROWS if row.ending is FILTERED and row.status == 400)

"""
Error answers of Azure OpenAI as they were documented or seen, by what they mean.

Gateway bodies have `code` and `message`; the model service's have `type` and `param` too; the
filter's verdict is in `inner_error` (images) or `innererror` (chat).
"""

SAFETY = "Your request was rejected as a result of our safety system."


def _verdicts(suffix: str) -> dict[str, object]:
    verdicts: dict[str, object] = {
        "hate": {"filtered": False, "severity": "safe"},
        "jailbreak": {"detected": False, "filtered": False},
        "profanity": {"detected": False, "filtered": False},
        "self_harm": {"filtered": False, "severity": "safe"},
        "sexual": {"filtered": False, "severity": "safe"},
        "violence": {"filtered": True, "severity": "low"},
    }
    return {"code": "ResponsibleAIPolicyViolation", f"content_filter_result{suffix}": verdicts}


# What the how-to pages show; some answers came with status 200.
FILTERED_PLAIN = {
    "created": 1698435368,
    "error": {
        "code": "contentFilter",
        "message": "Generated image was filtered as a result of our safety system.",
    },
}

# Body, and the categories that can be read from it.
FILTERED: dict[str, tuple[object, tuple[str, ...]]] = {
    "how-to": (FILTERED_PLAIN, ()),
    "images": (
        {
            "error": {
                "code": "content_policy_violation",
                "inner_error": {**_verdicts("s"), "revised_prompt": "A dark illustration."},
                "message": SAFETY,
                "type": "invalid_request_error",
            }
        },
        ("violence",),
    ),
    "only an innocent category": (
        {
            "error": {
                "code": "content_policy_violation",
                "inner_error": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_results": {"jailbreak": {"detected": False, "filtered": False}},
                },
                "message": SAFETY,
            }
        },
        (),
    ),
    "detected": (
        {
            "error": {
                "code": None,
                "inner_error": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_results": {"jailbreak": {"detected": True, "filtered": False}},
                },
            }
        },
        ("jailbreak",),
    ),
    "model service": (
        {
            "error": {
                "message": "Your request was rejected by the safety system. If you believe this "
                "is an error, contact us at help.openai.com and include the request ID "
                "req_abc123. safety_violations=[sexual, violence].",
                "type": "image_generation_user_error",
                "param": None,
                "code": "moderation_blocked",
            }
        },
        ("sexual", "violence"),
    ),
    "chat": (
        {
            "error": {
                "message": "The response was filtered due to the prompt triggering Azure OpenAI's "
                "content management policy. Please modify your prompt and retry.",
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": _verdicts(""),
            }
        },
        ("violence",),
    ),
}


def _user_error(message: str, param: str | None, code: str) -> object:
    kind = "image_generation_user_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


# Body, and the parameter at fault.
REJECTED: dict[str, tuple[object, str | None]] = {
    "unknown parameter": (
        {
            "error": {
                "message": "Unknown parameter: 'response_format'.",
                "type": "invalid_request_error",
                "param": "response_format",
                "code": "unknown_parameter",
            }
        },
        "response_format",
    ),
    "size": (
        _user_error(
            "Invalid size '4096x4096'. The longest edge must be less than or equal to 3840.",
            "size",
            "invalid_value",
        ),
        "size",
    ),
    "image file": (
        _user_error("Invalid image file or mode for image 3.", None, "invalid_image_file"),
        None,
    ),
    "input_fidelity": (
        _user_error(
            "The model 'gpt-image-2' does not support the 'input_fidelity' parameter.",
            "input_fidelity",
            "invalid_input_fidelity_model",
        ),
        "input_fidelity",
    ),
    "gateway": ({"error": {"code": "InvalidPayload", "message": "Bad payload."}}, None),
    "strange parameter": (_user_error("No.", "<script>alert(1)</script>", "invalid_value"), None),
}

UNKNOWN_MODEL = _user_error("The model 'gpt-image-2-1' does not exist.", "model", "invalid_value")

# Status, body, our code.
NOT_SENT: dict[str, tuple[int, object, str]] = {
    "key": (
        401,
        {
            "error": {
                "code": "401",
                "message": "Access denied due to invalid subscription key or wrong API endpoint.",
            }
        },
        "upstream_unauthorized",
    ),
    "principal": (
        401,
        {
            "error": {
                "code": "PermissionDenied",
                "message": "The principal `00000000-0000-0000-0000-000000000000` lacks the "
                "required data action.",
            }
        },
        "upstream_unauthorized",
    ),
    "blocked resource": (
        403,
        {
            "error": {
                "code": "Forbidden",
                "message": "Your resource has been temporarily blocked because we detected "
                "behavior that may violate our content policy. For more details on Azure OpenAI "
                "service content policy, please visit https://aka.ms/aoaicodeofconduct",
            }
        },
        "upstream_blocked",
    ),
    "keys disabled": (
        403,
        {
            "error": {
                "code": "AuthenticationTypeDisabled",
                "message": "Key based authentication is disabled for this resource.",
            }
        },
        "upstream_forbidden",
    ),
    "network": (
        403,
        {
            "error": {
                "code": "403",
                "message": "Access denied due to Virtual Network/Firewall rules.",
            }
        },
        "upstream_forbidden",
    ),
    "deployment": (
        404,
        {
            "error": {
                "code": "DeploymentNotFound",
                "message": "The API deployment for this resource does not exist.",
            }
        },
        "deployment_missing",
    ),
    "path": (
        404,
        {"error": {"code": "404", "message": "Resource not found"}},
        "deployment_missing",
    ),
    "unknown model": (400, UNKNOWN_MODEL, "deployment_missing"),
    "unknown model, OpenAI's code": (
        400,
        _user_error("The model does not exist.", None, "model_not_found"),
        "deployment_missing",
    ),
    "redirect": (307, {}, "model_unavailable"),
}

THROTTLED = {
    "error": {
        "code": "429",
        "message": "Requests to the ImageGenerations_Create Operation under Azure OpenAI API "
        "version 2025-04-01-preview have exceeded call rate limit of your current OpenAI S0 "
        "pricing tier. Please retry after 38 seconds.",
    }
}

# Status and body.
UNKNOWN: dict[str, tuple[int, object]] = {
    "timeout": (408, {"error": {"code": "Timeout", "message": "The operation was timeout."}}),
    "conflict": (409, {}),
    "too many headers": (431, {}),
    "server": (
        500,
        {
            "error": {
                "message": "The server had an error processing your request. Sorry about that!",
                "type": "server_error",
                "param": None,
                "code": None,
            }
        },
    ),
    "backend": (
        503,
        {
            "error": {
                "code": "InternalServerError",
                "message": "Backend returned unexpected response.",
            }
        },
    ),
    "accepted for later": (202, {}),
}

NO_JSON = [b"", b"<html>502 Bad Gateway</html>", b'{"error":', b"[]", b'"x"', b"\xff\xfe", b"null"]

USAGE = {
    "input_tokens": 18,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 18},
    "output_tokens": 196,
    "output_tokens_details": {"image_tokens": 196, "text_tokens": 0},
    "total_tokens": 214,
}


def success(*images_base64: str) -> dict[str, object]:
    """The answer to a generation, with these images."""
    return {
        "created": 1713833628,
        "background": "opaque",
        "output_format": "png",
        "quality": "medium",
        "size": "1024x1024",
        "data": [{"b64_json": text} for text in images_base64],
        "usage": USAGE,
    }

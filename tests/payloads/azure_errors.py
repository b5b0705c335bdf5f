"""
Answers of Azure OpenAI that hold no image, each with what it means.

As they were documented or seen, beside variations that prove what counts: status, code and
parameter, never the text. Gateway bodies have `code` and `message`; the model service's have
`type` and `param` too; the filter's verdict is in `inner_error` (images) or `innererror` (chat).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import ModelError, ModelNotSent, ModelRefused, ModelThrottled, ModelUnknown


@dataclass(frozen=True)
class Ending:
    """What is known about the money, and where the call may be made again."""

    kind: type[ModelError]
    fails_over: bool
    may_have_cost: bool


NOT_SENT = Ending(ModelNotSent, fails_over=True, may_have_cost=False)
THROTTLED = Ending(ModelThrottled, fails_over=True, may_have_cost=False)
FILTERED = Ending(ModelRefused, fails_over=False, may_have_cost=True)
REJECTED = Ending(ModelRefused, fails_over=False, may_have_cost=False)
UNKNOWN = Ending(ModelUnknown, fails_over=False, may_have_cost=True)


@dataclass(frozen=True)
class Row:
    """An answer, whose body is JSON or bytes as they are, and what the client makes of it."""

    name: str
    status: int
    body: object
    ending: Ending
    code: str
    categories: tuple[str, ...] = ()
    retry_after_s: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


def error(code: str | None, message: str, **more: object) -> dict[str, object]:
    return {"error": {"code": code, "message": message, **more}}


def user_error(message: str, param: str | None, code: str | None) -> dict[str, object]:
    return error(code, message, type="image_generation_user_error", param=param)


SAFE = {"filtered": False, "severity": "safe"}
CALM = {"detected": False, "filtered": False}


def verdict(spelling: str, **hit: object) -> dict[str, object]:
    """What the filter says of each category; `spelling` is that of images or chat."""
    names = ("hate", "self_harm", "sexual", "violence")
    calm = {"jailbreak": CALM, "profanity": CALM, **dict.fromkeys(names, SAFE)}
    return {"code": "ResponsibleAIPolicyViolation", spelling: {**calm, **hit}}


IMAGES, CHAT = "content_filter_results", "content_filter_result"
LOW = {"filtered": True, "severity": "low"}

PROMPT_FILTERED = "Your task failed as a result of our safety system."
IMAGE_FILTERED = "Generated image was filtered as a result of our safety system."
REJECTED_BY_SAFETY = (
    "Your request was rejected as a result of our safety system. Your prompt may contain text "
    "that is not allowed by our safety system."
)
CHAT_FILTERED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management "
    "policy. Please modify your prompt and retry. To learn more about our content filtering "
    "policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
)
MODERATED = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us "
    "at help.openai.com and include the request ID req_abc123. safety_violations=[{}]."
)
BLOCKED = (
    "Your resource has been temporarily blocked because we detected behavior that may violate our "
    "content policy. For more details on Azure OpenAI service content policy, please visit "
    "https://aka.ms/aoaicodeofconduct"
)
FIREWALL = "Access denied due to Virtual Network/Firewall rules."
NO_SUCH_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within "
    "the last 5 minutes, please wait a moment and try again."
)
WRONG_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
    "valid key for an active subscription and use a correct regional API endpoint for your "
    "resource."
)
NO_DATA_ACTION = (
    "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action "
    "`Microsoft.CognitiveServices/accounts/OpenAI/images/generations/action` to perform "
    "`POST /openai/deployments/{deployment-id}/images/generations` operation."
)
SERVER_FAILED = (
    "The server had an error processing your request. Sorry about that! You can retry your "
    "request, or contact us through our help center at help.openai.com if you keep seeing this "
    "error. (Please include the request ID req_23c3 in your email.)"
)
RATE_LIMITED = (
    "Requests to the ImageGenerations_Create Operation under Azure OpenAI API version "
    "2025-04-01-preview have exceeded call rate limit of your current OpenAI S0 pricing tier. "
    "Please retry after 38 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would "
    "like to further increase the default rate limit."
)

PLAIN_PROMPT = {"created": 1698435368, **error("contentFilter", PROMPT_FILTERED)}
PLAIN_IMAGE = {"created": 1698435368, **error("contentFilter", IMAGE_FILTERED)}
SERVER_ERROR = error(None, SERVER_FAILED, type="server_error", param=None)

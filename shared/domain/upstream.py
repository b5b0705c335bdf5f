"""
How a paid call can end without images: each code, and the sentence that goes with it.

The table that a code stands in is the rule about money:

| table | may have cost | another deployment may be tried |
| --- | --- | --- |
| `NOT_SENT` | no | yes |
| `REFUSED` | only what the filter stopped (`content_filtered`) | no: each try is a strike |
| `UNKNOWN` | yes | no: it would be paid for again |

Codes are kept in journals, so one that was ever written keeps its meaning.
"""

from collections.abc import Mapping

NOT_SENT: Mapping[str, str] = {
    # No connection: no such host, nobody listens, no TLS. Or at the call's deadline the other
    # side had not taken the whole request.
    "unreachable": "Azure OpenAI could not be reached.",
    # 429. Comes with the time to wait.
    "throttled": "Azure OpenAI's quota is used up for now.",
    # 401, and those of 403 that are about the kind or the rights of an identity.
    "upstream_unauthorized": "Azure OpenAI refused our key or identity.",
    # Any other 403: the resource's firewall or virtual network.
    "upstream_forbidden": "Azure OpenAI does not let us in.",
    # 403 with code Forbidden: the whole resource, whatever is asked, for days. Never the
    # present prompt's fault.
    "upstream_blocked": "Azure OpenAI has blocked this resource for now.",
    # 404, on the v1 surface also 400. A new deployment may need five minutes to be known.
    "deployment_missing": "Azure OpenAI knows no such deployment.",
    # The Responses API's other deployment, the chat model that is asked to draw.
    "orchestrator_missing": "Azure OpenAI knows no such orchestrator.",
    # Any other 404, and redirects: wrong endpoint, or a version that it does not serve.
    "path_missing": "Azure OpenAI's endpoint has no such path.",
    # 431: more than ten headers of our own and of proxies on the way.
    "headers_refused": "Azure OpenAI refused the request's headers.",
    # The call's deadline, before anything was sent, or while its files were read.
    "no_time_left": "The time for the call was over before it began.",
}

REFUSED: Mapping[str, str] = {
    # Azure may bill for an image that it then filtered, and does not say.
    "content_filtered": "The content filter refused the prompt or its images.",
    # Any other 400.
    "model_rejected_request": "Azure OpenAI refused the request.",
}

UNKNOWN: Mapping[str, str] = {
    # 408, no byte for too long, or the call's deadline.
    "timed_out": "Azure OpenAI did not answer in time.",
    # 5xx, an error within a 200, or a status that is not documented.
    "upstream_failed": "Azure OpenAI failed during the call.",
    # The connection broke, or what came is no answer that holds images.
    "broken_answer": "Azure OpenAI's answer was cut or makes no sense.",
}


def may_have_cost(code: str) -> bool:
    """Whether a bill may come although there are no images."""
    return code in UNKNOWN or code == "content_filtered"

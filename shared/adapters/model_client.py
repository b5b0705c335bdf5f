"""Azure OpenAI's images, made or edited: one paid call, made once."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import httpx

from shared.adapters import model_responses
from shared.adapters.deadline import Deadline
from shared.adapters.model_dialects import IMAGES, RESPONSES, Dialect
from shared.adapters.model_errors import request_id_of, translated, unknown
from shared.adapters.model_events import MEDIA_TYPE
from shared.adapters.model_exchange import certificates, exchange, timed
from shared.adapters.model_json import Answer
from shared.adapters.multipart import edit_form
from shared.chain.ports import ImageSink, ModelAnswer, ModelCall
from shared.domain.chat_deployment import ChatDeployment
from shared.domain.deployments import Deployment
from shared.errors import ModelNotSent, ModelRefused, ModelUnknown, ServiceError

# The last dated version of the deployment form, the one all of Microsoft's samples use.
DATED_VERSION = "2025-04-01-preview"

# Once a document has begun it comes as fast as the network. Between two events minutes pass.
STALL_S = 60.0

# Errors are a few hundred bytes; gateways answer with pages of HTML.
ERROR_BYTES = 64 * 1024

JSON_BODY = {"Content-Type": "application/json"}


class TokenSource(Protocol):
    def token(self, scope: str) -> str:
        """
        A bearer token.

        Raises:
            ServiceError: no token could be had.
        """


def authorization(api_key: str | None, scope: str, tokens: TokenSource) -> dict[str, str]:
    """
    By key, or by the app's identity when there is none.

    Raises:
        ModelNotSent: there is neither.
    """
    if api_key is not None:
        if not api_key.isascii():
            raise ModelNotSent("The key is none at all.", code="upstream_unauthorized")
        return {"api-key": api_key}
    try:
        return {"Authorization": f"Bearer {tokens.token(scope)}"}
    except ServiceError as exc:
        raise ModelNotSent(str(exc), code="upstream_unauthorized") from exc


class AzureOpenAIModel:
    """Implements `ImageModel`; `deployments` by our own names of them."""

    def __init__(
        self,
        deployments: Mapping[str, Deployment],
        tokens: TokenSource,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deployments = deployments
        self._tokens = tokens
        self._transport = transport
        self._monotonic = monotonic

    def prepare(self, deployment: str) -> None:
        if (known := self._deployments.get(deployment)) is not None:
            authorization(known.api_key, known.scope, self._tokens)
            certificates()

    def generate(self, call: ModelCall, sink: ImageSink) -> ModelAnswer:
        deadline = Deadline(call.deadline_s, self._monotonic)
        deployment = self._deployments.get(call.deployment)
        if deployment is None:
            raise ModelNotSent("This deployment is not configured.", code="deployment_missing")
        headers = self._headers(deployment, call)
        body, framing = body_of(deployment, call, deadline)
        dialect = RESPONSES if deployment.api == "responses" else IMAGES
        with (
            translated(),
            exchange(
                *(url_of(deployment, call), headers | framing, body, deadline, self._transport)
            ) as response,
        ):
            return _answer(response, dialect, deadline, sink, call.n)

    def _headers(self, deployment: Deployment, call: ModelCall) -> dict[str, str]:
        return {
            **authorization(deployment.api_key, deployment.scope, self._tokens),
            "Accept": _accepted(call),
            "Accept-Encoding": "identity",  # base64 of compressed images: not worth the time
            "User-Agent": "darkroom",
            "x-ms-client-request-id": call.client_request_id,
            **(model_responses.headers_of(deployment) if deployment.api == "responses" else {}),
        }


def _accepted(call: ModelCall) -> str:
    """A gateway may answer a streamed call with one document."""
    streams = call.partial_images is not None
    return f"{MEDIA_TYPE}, application/json" if streams else "application/json"


def url_of(deployment: Deployment, call: ModelCall) -> httpx.URL:
    if deployment.api == "responses":
        return model_responses.url_of(deployment)
    return address(deployment, "images/edits" if call.images else "images/generations")


def address(deployment: Deployment | ChatDeployment, operation: str) -> httpx.URL:
    """Both forms of Azure's address; only the older one needs a version."""
    root, version = f"{deployment.endpoint.rstrip('/')}/openai", deployment.api_version
    if deployment.api == "v1":
        url = httpx.URL(f"{root}/v1/{operation}")
        return url.copy_add_param("api-version", version) if version else url
    url = httpx.URL(f"{root}/deployments/{deployment.deployment}/{operation}")
    return url.copy_add_param("api-version", version or DATED_VERSION)


def body_of(
    deployment: Deployment, call: ModelCall, deadline: Deadline
) -> tuple[bytes | Iterator[bytes], dict[str, str]]:
    """
    The request's body and the headers that go with it: a form for an edit, else ASCII JSON,
    which carries any text, lone surrogates included.

    On the deployment form a `model` other than the model's own name is refused, so none is sent.
    """
    if deployment.api == "responses":
        return model_responses.body_of(deployment, call), JSON_BODY
    model = {"model": deployment.deployment} if deployment.api == "v1" else {}
    fields = {**call.options, **model, "prompt": call.prompt, "n": call.n, "user": call.user}
    if call.partial_images is not None:
        fields |= {"stream": True, "partial_images": call.partial_images}
    if not call.images:
        return json.dumps(fields).encode("ascii"), JSON_BODY
    form = edit_form(fields, call.images, call.mask)
    return form.pieces(deadline), form.headers


def _answer(
    response: httpx.Response, dialect: Dialect, deadline: Deadline, sink: ImageSink, n: int
) -> ModelAnswer:
    chunks = chunks_of(response, deadline)
    if response.status_code != 200:
        raise dialect.error_of(response.status_code, response.headers, error_body(chunks))
    request_id = request_id_of(response.headers)
    try:
        answer = _read(response, chunks, dialect, deadline, sink, n)
    except (ModelRefused, ModelUnknown) as error:
        error.upstream_request_id = request_id
        raise
    usage, orchestrator_usage = dialect.usages_of(answer.document)
    return ModelAnswer(
        images=answer.images,
        usage=usage,
        upstream_request_id=request_id,
        orchestrator_usage=orchestrator_usage,
        usage_is_whole=answer.usage_is_whole,
    )


def _read(
    response: httpx.Response,
    chunks: Iterator[bytes],
    dialect: Dialect,
    deadline: Deadline,
    sink: ImageSink,
    n: int,
) -> Answer:
    """Whatever was asked for, gateways may answer in the other form: its type tells."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    with timed(deadline):
        if media_type == MEDIA_TYPE:
            return dialect.read_events(chunks, sink, n)
        # httpcore reads this limit once, when the body's first byte is asked for.
        response.request.extensions["timeout"]["read"] = STALL_S
        return dialect.read_document(chunks, sink)


def chunks_of(response: httpx.Response, deadline: Deadline) -> Iterator[bytes]:
    with translated():
        for chunk in response.iter_bytes():
            if deadline.over():
                raise unknown("timed_out")
            yield chunk


def error_body(chunks: Iterator[bytes]) -> bytes:
    """The beginning of an error's body; when it breaks off, the status has to do."""
    body = bytearray()
    try:
        for chunk in chunks:
            body += chunk[: ERROR_BYTES - len(body)]
            if len(body) == ERROR_BYTES:
                break
    except ModelUnknown:
        pass
    return bytes(body)

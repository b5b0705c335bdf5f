"""What makers of flows see: which routes, under which names, and which fields come first."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.notices import BatchCompleted
from shared.domain.transitions import FINAL_EVENTS, REQUESTED

Visibility = Literal["important", "none", "advanced", "internal"]


@dataclass(frozen=True)
class Action:
    """
    `route` is a row of the app's table, from which the body and the answers are taken. `path`: one
    of its own, for a second action of a route, which a policy leads there.
    """

    operation_id: str
    route: str
    summary: str
    description: str
    visibility: Visibility = "none"
    required: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    path: str | None = None


@dataclass(frozen=True)
class Trigger:
    """
    A subscription to some events. OpenAPI 2.0 has one operation for each path and method, so each
    trigger has a path of its own, and a policy of the connector leads them all to one route.
    """

    operation_id: str
    path: str
    summary: str
    description: str
    hint: str
    events: tuple[str, ...]
    data: str


SUBSCRIPTIONS = "/subscriptions"
KEY_HEADER = "Idempotency-Key"
TOKEN_HEADER = "x-review-token"

ACTIONS = (
    Action(
        *("GenerateImages", "submit", "Generate images and wait"),
        "Asks for images and goes on when people have decided, or when there will be none.",
        "important",
        required=("prompt",),
        headers=(KEY_HEADER,),
    ),
    Action(
        *("StartImages", "start", "Generate images"),
        "Asks for images and goes on at once; a trigger tells when they are finished.",
        "important",
        required=("prompt",),
        headers=(KEY_HEADER,),
    ),
    Action(
        *("GenerateImagesFromTemplate", "submit", "Generate images from a template and wait"),
        "Fills in a template, asks for its images, and goes on when people have decided, or when "
        "there will be none.",
        "important",
        required=("template",),
        headers=(KEY_HEADER,),
        path="/images/fromTemplate",
    ),
    Action(
        *("StartImagesFromTemplate", "start", "Generate images from a template"),
        "Fills in a template, asks for its images and goes on at once; a trigger tells when they "
        "are finished.",
        required=("template",),
        headers=(KEY_HEADER,),
        path="/images/start/fromTemplate",
    ),
    Action(
        *("CheckRequest", "check_request", "Check a request (dry run)"),
        "Tells whether a request for images would be accepted, what it would cost and who would "
        "be asked; nothing is made, stored or spent.",
        "advanced",
        required=("prompt",),
    ),
    Action(
        *("GetRequest", "get_image", "Get a request"),
        "Gets a request for images as it stands: status, images, approval, cost.",
    ),
    Action(
        *("ListRequests", "list_images", "List requests"),
        "Lists requests for images, newest first.",
        "advanced",
    ),
    Action(
        *("GetImage", "content", "Get an image"),
        "Gets the bytes of one image, for instance to store them as a file.",
    ),
    Action(
        *("DecideOnImages", "decision", "Decide on images"),
        "Approves or rejects images in a reviewer's name, or asks for another round.",
        required=("decision",),
        headers=(TOKEN_HEADER,),
    ),
    Action(
        *("CancelRequest", "cancel", "Cancel a request"),
        "Cancels a request; a call to the model that is under way is still paid for.",
    ),
    Action(
        *("SubmitBatch", "submit_batch", "Submit a batch"),
        "Asks for up to 1,000 rows of images as one and goes on at once; a trigger tells when "
        "every row is over.",
        required=("items",),
        headers=(KEY_HEADER,),
    ),
    Action(
        *("SubmitBatchFromTable", "submit_batch", "Submit a batch from a table"),
        "Fills in a template for each line of a CSV table, asks for all of them as one and goes on "
        "at once; a trigger tells when every row is over.",
        required=("csv", "template"),
        headers=(KEY_HEADER,),
        path="/batches/fromTable",
    ),
    Action(
        *("ListBatches", "list_batches", "List batches"),
        "Lists batches of requests, newest first, with their counts and cost.",
        "advanced",
    ),
    Action(
        *("GetBatch", "get_batch", "Get a batch"),
        "Gets a batch of requests as it stands: how many rows ended how, their cost, and each row.",
        "advanced",
    ),
    Action(
        *("CancelBatch", "cancel_batch", "Cancel a batch"),
        "Cancels every row of a batch that is not over.",
        "advanced",
    ),
    Action(
        *("ListModels", "list_models", "List models"),
        "Lists the models that may be asked for.",
        "internal",
    ),
    Action(
        *("ListTemplates", "list_templates", "List templates"),
        "Lists the prompt templates that may be used.",
        "advanced",
    ),
    Action(
        *("GetTemplate", "get_template", "Get a template"),
        "Gets a prompt template: its text, its variables and what it sets.",
        "advanced",
    ),
)
TRIGGERS = (
    Trigger(
        *("WhenApprovalIsRequested", f"{SUBSCRIPTIONS}/approvalRequested"),
        "When approval is requested",
        "Starts when people are asked to decide on a prompt or on images.",
        "Ask for images that need approval to see it work now.",
        (REQUESTED,),
        "EventData",
    ),
    Trigger(
        *("WhenRequestFinishes", f"{SUBSCRIPTIONS}/requestFinished"),
        "When a request finishes",
        "Starts when a request is approved, rejected, expired, failed or cancelled.",
        "Ask for images and decide on them to see it work now.",
        FINAL_EVENTS,
        "Resource",
    ),
    Trigger(
        *("WhenBatchCompletes", f"{SUBSCRIPTIONS}/batchCompleted"),
        "When a batch completes",
        "Starts when every row of a batch is over.",
        "Submit a batch of one request to see it work now.",
        (BatchCompleted.EVENT,),
        BatchCompleted.__name__,
    ),
)
UNSUBSCRIBE = "DeleteSubscription"

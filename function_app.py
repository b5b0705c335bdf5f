"""Every trigger of the app, in the order in which a request meets them."""

import os

import azure.functions as func

from shared import logs
from shared.chain.runner import guarded
from shared.chain.sweep import sweep as sweep_due
from shared.domain.names import EVENT_QUEUE, REQUEST_QUEUE, STEP_QUEUE
from shared.services import build
from shared.settings import load
from shared.web.access import Gate
from shared.web.boundary import handle
from shared.web.queues import take

logs.configure()
settings = load(os.environ)
services = build(settings)
gate = Gate(entra=settings.entra_audience is not None, easy_auth=settings.easy_auth)

OPEN = func.AuthLevel.ANONYMOUS
KEY = OPEN if gate.entra else func.AuthLevel.FUNCTION
STORAGE = settings.storage_connection
# As text, a JSON body's fields would take the place of the message's id and dequeue count.
RAW = func.DataType.BINARY

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route("images", methods=["POST"], auth_level=KEY)
def submit(req: func.HttpRequest) -> func.HttpResponse:
    return handle("submit", req, services, gate)


@app.route("images/start", methods=["POST"], auth_level=KEY)
def start(req: func.HttpRequest) -> func.HttpResponse:
    return handle("start", req, services, gate)


@app.route("models", methods=["GET"], auth_level=KEY)
def list_models(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_models", req, services, gate)


@app.route("policy/check", methods=["POST"], auth_level=KEY)
def check_request(req: func.HttpRequest) -> func.HttpResponse:
    return handle("check_request", req, services, gate)


@app.route("policy", methods=["GET"], auth_level=KEY)
def policy(req: func.HttpRequest) -> func.HttpResponse:
    return handle("policy", req, services, gate)


@app.route("policy/replay", methods=["POST"], auth_level=KEY)
def replay_policy(req: func.HttpRequest) -> func.HttpResponse:
    return handle("replay_policy", req, services, gate)


@app.route("uploads", methods=["POST"], auth_level=KEY)
def upload(req: func.HttpRequest) -> func.HttpResponse:
    return handle("upload", req, services, gate)


@app.queue_trigger("msg", REQUEST_QUEUE, STORAGE, RAW)
def request_message(msg: func.QueueMessage) -> None:
    take("request_message", msg, services)


@app.queue_trigger("msg", STEP_QUEUE, STORAGE, RAW)
def step_message(msg: func.QueueMessage) -> None:
    take("step_message", msg, services)


@app.queue_trigger("msg", EVENT_QUEUE, STORAGE, RAW)
def event_message(msg: func.QueueMessage) -> None:
    take("event_message", msg, services)


@app.route("images/{id}/result", methods=["GET"], auth_level=OPEN)
def result(req: func.HttpRequest) -> func.HttpResponse:
    return handle("result", req, services, gate)


@app.route("images", methods=["GET"], auth_level=KEY)
def list_images(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_images", req, services, gate)


@app.route("images/{id}", methods=["GET"], auth_level=KEY)
def get_image(req: func.HttpRequest) -> func.HttpResponse:
    return handle("get_image", req, services, gate)


@app.route("images/{id}/content/{index}", methods=["GET"], auth_level=OPEN)
def content(req: func.HttpRequest) -> func.HttpResponse:
    return handle("content", req, services, gate)


@app.route("reviews", methods=["GET"], auth_level=OPEN)
def inbox(req: func.HttpRequest) -> func.HttpResponse:
    return handle("inbox", req, services, gate)


@app.route("images/{id}/review", methods=["GET"], auth_level=OPEN)
def review_view(req: func.HttpRequest) -> func.HttpResponse:
    return handle("review_view", req, services, gate)


@app.route("images/{id}/decision", methods=["POST"], auth_level=OPEN)
def decision(req: func.HttpRequest) -> func.HttpResponse:
    return handle("decision", req, services, gate)


@app.route("images/{id}/cancel", methods=["POST"], auth_level=KEY)
def cancel(req: func.HttpRequest) -> func.HttpResponse:
    return handle("cancel", req, services, gate)


@app.route("images/{id}/resume", methods=["POST"], auth_level=KEY)
def resume(req: func.HttpRequest) -> func.HttpResponse:
    return handle("resume", req, services, gate)


@app.route("images/{id}/rerun", methods=["POST"], auth_level=KEY)
def rerun(req: func.HttpRequest) -> func.HttpResponse:
    return handle("rerun", req, services, gate)


@app.route("batches", methods=["POST"], auth_level=KEY)
def submit_batch(req: func.HttpRequest) -> func.HttpResponse:
    return handle("submit_batch", req, services, gate)


@app.route("batches", methods=["GET"], auth_level=KEY)
def list_batches(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_batches", req, services, gate)


@app.route("batches/{id}", methods=["GET"], auth_level=KEY)
def get_batch(req: func.HttpRequest) -> func.HttpResponse:
    return handle("get_batch", req, services, gate)


@app.route("batches/{id}/cancel", methods=["POST"], auth_level=KEY)
def cancel_batch(req: func.HttpRequest) -> func.HttpResponse:
    return handle("cancel_batch", req, services, gate)


@app.route("batches/{id}/review", methods=["GET"], auth_level=OPEN)
def batch_review(req: func.HttpRequest) -> func.HttpResponse:
    return handle("batch_review", req, services, gate)


@app.route("batches/{id}/decision", methods=["POST"], auth_level=OPEN)
def batch_decision(req: func.HttpRequest) -> func.HttpResponse:
    return handle("batch_decision", req, services, gate)


@app.route("callbacks/unsubscribe", methods=["POST"], auth_level=KEY)
def unsubscribe(req: func.HttpRequest) -> func.HttpResponse:
    return handle("unsubscribe", req, services, gate)


@app.route("images/{id}/evidence", methods=["GET"], auth_level=KEY)
def evidence(req: func.HttpRequest) -> func.HttpResponse:
    return handle("evidence", req, services, gate)


@app.route("subscriptions", methods=["POST"], auth_level=KEY)
def subscribe(req: func.HttpRequest) -> func.HttpResponse:
    return handle("subscribe", req, services, gate)


@app.route("subscriptions", methods=["GET"], auth_level=KEY)
def list_subscriptions(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_subscriptions", req, services, gate)


@app.route("subscriptions/{id}/rotate", methods=["POST"], auth_level=KEY)
def rotate_secret(req: func.HttpRequest) -> func.HttpResponse:
    return handle("rotate_secret", req, services, gate)


@app.route("subscriptions/{id}", methods=["DELETE"], auth_level=KEY)
def end_subscription(req: func.HttpRequest) -> func.HttpResponse:
    return handle("end_subscription", req, services, gate)


@app.route("deliveries", methods=["GET"], auth_level=KEY)
def list_deliveries(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_deliveries", req, services, gate)


@app.route("deliveries/redeliver", methods=["POST"], auth_level=KEY)
def redeliver_many(req: func.HttpRequest) -> func.HttpResponse:
    return handle("redeliver_many", req, services, gate)


@app.route("deliveries/{id}/redeliver", methods=["POST"], auth_level=KEY)
def redeliver(req: func.HttpRequest) -> func.HttpResponse:
    return handle("redeliver", req, services, gate)


# The platform makes up for a missed minute when it starts, so no run of our own at start.
@app.timer_trigger("timer", "0 * * * * *", run_on_startup=False, use_monitor=True)
def sweep(timer: func.TimerRequest) -> None:
    with guarded("sweep"):
        sweep_due(services)


@app.queue_trigger("msg", f"{REQUEST_QUEUE}-poison", STORAGE, RAW)
def request_poison(msg: func.QueueMessage) -> None:
    take("request_poison", msg, services)


@app.queue_trigger("msg", f"{STEP_QUEUE}-poison", STORAGE, RAW)
def step_poison(msg: func.QueueMessage) -> None:
    take("step_poison", msg, services)


@app.queue_trigger("msg", f"{EVENT_QUEUE}-poison", STORAGE, RAW)
def event_poison(msg: func.QueueMessage) -> None:
    take("event_poison", msg, services)


@app.route("deadletters/{queue}", methods=["GET"], auth_level=KEY)
def list_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_dead_letters", req, services, gate)


@app.route("deadletters/{queue}/redrive", methods=["POST"], auth_level=KEY)
def redrive_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    return handle("redrive_dead_letters", req, services, gate)


@app.route("me", methods=["GET"], auth_level=KEY)
def me(req: func.HttpRequest) -> func.HttpResponse:
    return handle("me", req, services, gate)


@app.route("erasures", methods=["POST"], auth_level=KEY)
def erase(req: func.HttpRequest) -> func.HttpResponse:
    return handle("erase", req, services, gate)


@app.route("erasures/{id}", methods=["GET"], auth_level=KEY)
def get_erasure(req: func.HttpRequest) -> func.HttpResponse:
    return handle("get_erasure", req, services, gate)


@app.route("usage", methods=["GET"], auth_level=KEY)
def usage(req: func.HttpRequest) -> func.HttpResponse:
    return handle("usage", req, services, gate)


@app.route("templates", methods=["GET"], auth_level=KEY)
def list_templates(req: func.HttpRequest) -> func.HttpResponse:
    return handle("list_templates", req, services, gate)


@app.route("templates/{name}", methods=["GET"], auth_level=KEY)
def get_template(req: func.HttpRequest) -> func.HttpResponse:
    return handle("get_template", req, services, gate)


@app.route("templates/{name}", methods=["PUT"], auth_level=KEY)
def put_template(req: func.HttpRequest) -> func.HttpResponse:
    return handle("put_template", req, services, gate)


@app.route("deployments/{name}/pause", methods=["POST"], auth_level=KEY)
def pause_deployment(req: func.HttpRequest) -> func.HttpResponse:
    return handle("pause_deployment", req, services, gate)


@app.route("deployments/{name}/resume", methods=["POST"], auth_level=KEY)
def resume_deployment(req: func.HttpRequest) -> func.HttpResponse:
    return handle("resume_deployment", req, services, gate)


@app.route("webhook-key", methods=["GET"], auth_level=KEY)
def webhook_key(req: func.HttpRequest) -> func.HttpResponse:
    return handle("webhook_key", req, services, gate)


@app.route("health", methods=["GET"], auth_level=OPEN)
def health(req: func.HttpRequest) -> func.HttpResponse:
    return handle("health", req, services, gate)


@app.route("health/ready", methods=["GET"], auth_level=OPEN)
def health_ready(req: func.HttpRequest) -> func.HttpResponse:
    return handle("health_ready", req, services, gate)


@app.route("review", methods=["GET"], auth_level=OPEN)
def review(req: func.HttpRequest) -> func.HttpResponse:
    return handle("review", req, services, gate)


@app.route("console", methods=["GET"], auth_level=OPEN)
def console(req: func.HttpRequest) -> func.HttpResponse:
    return handle("console", req, services, gate)


@app.route("assets/{folder}/{file}", methods=["GET"], auth_level=OPEN)
def asset(req: func.HttpRequest) -> func.HttpResponse:
    return handle("asset", req, services, gate)


@app.route("openapi.json", methods=["GET"], auth_level=OPEN)
def openapi(req: func.HttpRequest) -> func.HttpResponse:
    return handle("openapi", req, services, gate)

"""
Takes the examples of answers from the app itself: `python -m tests.unit.web.example_story --write`.

One story is told to the app on fakes, and what it answers is put into `web/examples.json`. Bodies
of requests, and whatever the story does not come to, stand there by hand and are left as they are.
"""

import json
import sys
from dataclasses import replace
from io import BytesIO
from typing import Any

from PIL import Image

from shared.domain.values import Provenance
from shared.security.callers import CallerBook
from shared.web.examples import FILE, SAME_AS
from tests.fakes import Plays, ScriptedModel
from tests.fakes_of_images import ScriptedJudge, with_manifest
from tests.unit.web.world import CALLBACK, FLOW, OPERATOR, OWNER, World, book, terms

Json = dict[str, Any]
PUBLIC_URL = "https://darkroom.example.com/api"
NAMES = {"flow": "marketing-flow", "operator": "ops"}
USAGE = {
    "input_tokens": 31,
    "input_tokens_details": {"text_tokens": 31, "image_tokens": 0},
    "output_tokens": 2112,
    "total_tokens": 2143,
}
MADE_BY = Provenance(c2pa="valid", generator="Microsoft Responsible AI Provenance")
OTHER_PROMPT = {"prompt": "A red kite over a field of barley"}
APPROVED, WAITS = {SAME_AS: "Resource/approved"}, {SAME_AS: "Resource/awaitingApproval"}
ENDED = ("id", "caller", "status", "rows", "counts", "cost")
CANCELLED = {SAME_AS: "Resource/cancelled"}


def picture(shade: int) -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize((1024, 1024)).point(lambda v: v // shade).save(file, "PNG")
    return file.getvalue()


def world() -> World:
    base = terms()
    callers = tuple(replace(one, name=NAMES.get(one.name, one.name)) for one in book().callers)
    deployment = replace(base.deployments[0], name="img-weu")
    own = replace(base, app_name="darkroom", public_url=PUBLIC_URL, deployments=(deployment,))
    images = [with_manifest(picture(shade)) for shade in (1, 2)]
    drawn = Plays(images=images, usage=USAGE)
    found = World(terms=replace(own, callers=CallerBook(callers)), model=ScriptedModel(drawn))
    found.s = replace(found.s, judge=ScriptedJudge(dict.fromkeys(images, MADE_BY)))
    return found


def told() -> dict[str, Json]:
    w, order = world(), json.loads(FILE.read_text(encoding="utf-8"))["SubmitBody"]["forAFlow"]
    ticket = w.http("submit", order).json
    request_id = ticket["id"]
    w.clock.advance(1)
    w.drain()
    asked = next(
        json.loads(post.body) for post in w.webhooks.posted if "decisionUrl" in str(post.body)
    )
    links = {name: asked[name] for name in ("decisionUrl", "reviewUrl", "reviewers", "prompt")}
    own = {"x-review-token": asked["reviewers"][0]["reviewUrl"].partition("#")[2]}
    waits = w.resource(request_id)
    review = w.http("review_view", key=None, headers=own, id=request_id).json
    inbox = w.http("inbox", key=None, headers=own).json
    w.clock.advance(4260)
    verdict = json.loads(FILE.read_text(encoding="utf-8"))["DecisionBody"]["oneOfTwo"]
    assert w.http("decision", verdict, key=OPERATOR, id=request_id).status == 200
    w.drain()
    other = w.submitted(OTHER_PROMPT)
    w.http("cancel", id=other)
    evidence = w.http("evidence", id=request_id, key=OWNER).json
    page = w.http("list_images", query={"limit": "1"}, key=OWNER).json
    # Addresses in storage are only in the answer to whoever asks for the request itself.
    elsewhere = {**APPROVED, "images": evidence["images"]}
    return {
        "Ticket": {"accepted": ticket},
        "Resource": {
            "awaitingApproval": waits,
            "approved": w.resource(request_id),
            "cancelled": w.resource(other),
            "reused": reused(world()),
        },
        "EventData": {"asked": {**WAITS, **links}, "approved": elsewhere, "cancelled": CANCELLED},
        "ReviewView": {"open": {**review, "request": WAITS}},
        "Inbox": {"one": inbox},
        "EvidencePack": {"approved": {**evidence, "request": elsewhere}},
        "RequestList": {"page": {**page, "items": [CANCELLED]}},
        **asides(w),
        **erased(w, request_id),
        **batch(w),
    }


def reused(w: World) -> Json:
    """Asked for a second time, of what people have let through whole."""
    body = json.loads(FILE.read_text(encoding="utf-8"))["SubmitBody"]["reuse"]
    first = w.reviewing({**body, "reuse": "never"})
    assert w.http("decision", {"decision": "approve"}, key=OPERATOR, id=first).status == 200
    w.drain()
    w.clock.advance(86_400)
    second = w.submitted(body)
    w.drain()
    return w.resource(second)


def erased(w: World, request_id: str) -> dict[str, Json]:
    """Last of all: nothing else is to be told of an erased request."""
    running = w.http("erase", {"requestId": request_id}, key=OWNER).json
    for _ in range(30):  # the callback, which nobody takes up, is waited for
        w.drain()
        w.clock.advance(15)
    done = w.http("get_erasure", key=OWNER, id=request_id).json
    return {"ErasureView": {"running": running, "done": done}}


def asides(w: World) -> dict[str, Json]:
    """What has nothing to do with one request."""
    w.message("request_message", '{"prompt": "", "n": 11}', "0f8fad5b-d9cb-469f-a165-70867728950e")
    queue = "image-requests"
    upload = {"contentType": "image/png", "bytes": 1834211}
    return {
        "ModelList": {"one": w.http("list_models").json},
        "Usage": {"byCaller": w.http("usage", key=OWNER).json},
        "Condition": {"paused": w.http("pause_deployment", key=OPERATOR, name="img-weu").json},
        "Ready": {
            "withKey": w.http("health_ready", key=OPERATOR).json,
            "withoutKey": w.http("health_ready", key=None).json,
        },
        "Upload": {"link": w.http("upload", upload).json},
        "WebhookKey": {"key": w.http("webhook_key", key=OPERATOR).json},
        "Alive": {"alive": w.http("health", key=None).json},
        "Identity": {"flow": w.http("me", key=FLOW).json},
        "LetterList": {"one": w.http("list_dead_letters", key=OPERATOR, queue=queue).json},
        "Unsubscribed": {"detached": unsubscribed(w)},
        **deliveries(w),
        **templates(w),
        "Redriven": {
            "one": w.http("redrive_dead_letters", {"max": 10}, key=OPERATOR, queue=queue).json
        },
    }


def batch(w: World) -> dict[str, Json]:
    """Of a batch that is under way, and of one that was cancelled before it began."""
    given = json.loads(FILE.read_text(encoding="utf-8"))["BatchBody"]["items"]
    begun = w.http("submit_batch", given).json
    w.drain()
    running = w.http("get_batch", id=begun["id"]).json
    other = w.http("submit_batch", {**given, "name": "winter"}).json
    w.http("cancel_batch", id=other["id"])
    w.drain()
    ended = w.http("get_batch", id=other["id"]).json
    told = {"name": ended["id"], **{name: ended[name] for name in ENDED}}
    asked, review, decided = whole_batch(w)
    return {
        "BatchList": {"two": w.http("list_batches", key=OPERATOR).json},
        "BatchView": {"accepted": begun, "running": running, "cancelled": ended, "whole": decided},
        "BatchCompleted": {"cancelled": told},
        "BatchReviewView": {"open": review},
        "BatchAskingData": {"asked": asked},
    }


def whole_batch(w: World) -> tuple[Json, Json, Json]:
    """What is told of one that is decided on as a whole, what its reviewer sees, how it ends."""
    given = json.loads(FILE.read_text(encoding="utf-8"))
    w.http("resume_deployment", key=OPERATOR, name="img-weu")
    batch_id = w.http("submit_batch", given["BatchBody"]["whole"]).json["id"]
    for _ in range(10):
        w.drain()
        w.clock.advance(30)
    asked = next(
        json.loads(post.body)
        for post in w.webhooks.posted
        if post.headers.get("ce-subject") == f"batches/{batch_id}"
    )
    own = {"x-review-token": asked["reviewers"][0]["reviewUrl"].partition("#")[2]}
    review = w.http("batch_review", key=None, headers=own, id=batch_id).json
    verdict = given["BatchDecisionBody"]["allButOne"]
    assert w.http("batch_decision", verdict, key=None, headers=own, id=batch_id).status == 200
    for _ in range(5):
        w.drain()
        w.clock.advance(30)
    return asked, review, w.http("get_batch", id=batch_id).json


def deliveries(w: World) -> dict[str, Json]:
    """A callback that nobody takes up, and a subscription."""
    given = json.loads(FILE.read_text(encoding="utf-8"))["SubscriptionBody"]["finals"]
    made = w.http("subscribe", {**given, "notificationUrl": CALLBACK}).json
    page = w.http("list_deliveries", query={"limit": "1"}, key=OPERATOR).json
    told = page["items"][0]
    return {
        "SubscriptionView": {"new": made},
        "SubscriptionList": {"one": w.http("list_subscriptions").json},
        "DeliveryList": {"page": page},
        "DeliveryView": {"again": w.http("redeliver", key=OPERATOR, id=told["id"]).json},
        "RangeAnswer": {"none": w.http("redeliver_many", {"max": 10}, key=OPERATOR).json},
    }


def templates(w: World) -> dict[str, Json]:
    """A template, put and listed."""
    given = json.loads(FILE.read_text(encoding="utf-8"))["TemplateBody"]["hero"]
    made = w.http("put_template", given, key=OPERATOR, name="campaign-hero").json
    return {
        "TemplateVersionView": {"first": made},
        "TemplateList": {"page": w.http("list_templates").json},
    }


def unsubscribed(w: World) -> Json:
    key = {"Idempotency-Key": '"autumn-2026-hero-1"'}
    w.http("submit", {**OTHER_PROMPT, "callbackUrl": CALLBACK}, headers=key)
    return w.http("unsubscribe", {"cancel": True}, headers=key).json


if __name__ == "__main__" and "--write" in sys.argv:
    made = json.loads(FILE.read_text(encoding="utf-8")) | told()
    text = json.dumps(dict(sorted(made.items())), indent=2, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8", newline="\n")

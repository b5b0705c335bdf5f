"""The Logic Apps that we ship, run file by file against the running system."""

import hashlib
import io
import json
import re
from argparse import Namespace
from html import unescape
from typing import Any

import pytest

from dev.display import Board, PlainDisplay
from dev.engine.mailbox import Mail
from dev.engine.tree import every
from dev.flow import closing, flow
from dev.http_client import send
from dev.system import System
from shared.web.table import ROUTES
from tests.e2e import marks
from tests.e2e.client import Client, SimulatorClient
from tests.e2e.engine import (
    ASKED,
    HASTY,
    QUICK,
    asking,
    call,
    documented,
    ended,
    mailing,
    next_run,
    only_callback,
    request_of,
    shipped,
    started,
)

ORDER = {"prompt": marks.PROMPT, "quality": "low", "purpose": marks.PURPOSE}
# The routes of the contract that this version has; the assertions follow by themselves.
LANDED = {f"/{one.path}" for one in ROUTES.values()}
LET_GO = f"unsubscribed: {200 if LANDED & {'/callbacks/unsubscribe'} else 404}"
OTHER = "second-reviewer@contoso.example"


def approve(mail: Mail) -> str:
    return "Approve"


def reject(mail: Mail) -> str:
    return "Reject"


def nobody(mail: Mail) -> None:
    """Never answers."""


def reviewed_by(*reviewers: str, **stage: object) -> dict[str, object]:
    return {"after": [{"name": "brand", "reviewers": list(reviewers), **stage}]}


def watched(client: Client, trigger_url: str, *reviewers: str, **stage: object) -> str:
    """A request whose questions go to the workflow."""
    order = marks.order(approval=reviewed_by(*reviewers, **stage))
    return client.submitted(order | {"callbackUrl": trigger_url, "callbackEvents": [ASKED]})


ELSEWHERE = {"reviewUrl": "http://127.0.0.1:9/review"}


def asked(api_url: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The event of a request that is not there."""
    approval = {"phase": "after", "stage": "brand", "deadline": "", "images": []}
    links = {
        "decisionUrl": f"{api_url}/images/01J/decision?token=x",
        "reviewUrl": f"{api_url}/review#x",
    }
    event = {"id": "01J", "round": 1, "images": [], **links, "approval": approval}
    event["reviewers"] = [{"reviewer": marks.REVIEWER, **links}]
    return {"ce-specversion": "1.0", "ce-type": ASKED}, event


def test_submit_and_wait_until_approved(client: Client) -> None:
    """The HTTP action waits through every 202 by itself, and the run has the released images."""
    with asking("submit_and_wait", client) as workflow:
        run = started(workflow, ORDER)
        request_id = request_of(run, client)
        client.reached(request_id, "awaitingApproval")
        client.decide(request_id, {"decision": "approve"})

        assert ended(run) == ("Succeeded", "")
    [image] = run.result("Released_images").outputs["body"]
    assert image["sha256"] == client.resource(request_id)["images"][0]["sha256"]
    assert hashlib.sha256(send("GET", image["url"]).body).hexdigest() == image["sha256"]


def test_submit_and_wait_until_rejected(client: Client) -> None:
    """The other branches of the Switch: a rejection is a good end, with what was said."""
    with asking("submit_and_wait", client) as workflow:
        run = started(workflow, ORDER)
        request_id = request_of(run, client)
        client.reached(request_id, "awaitingApproval")
        client.decide(request_id, {"decision": "reject", "comment": marks.COMMENT})

        assert ended(run) == ("Succeeded", "")
    [decision] = run.result("What_reviewers_said").outputs
    assert decision["comment"] == marks.COMMENT
    assert run.result("Released_images").status == "Skipped"


def test_submit_and_wait_until_cancelled(client: Client) -> None:
    """A request that somebody cancels ends the run as cancelled."""
    with asking("submit_and_wait", client) as workflow:
        run = started(workflow, ORDER)
        request_id = request_of(run, client)
        client.reached(request_id, "awaitingApproval")
        client.cancel(request_id)

        assert ended(run) == ("Cancelled", "")


def test_submit_and_wait_until_failed(client: Client, simulator: SimulatorClient) -> None:
    """A request that fails fails the run, by the error code of Darkroom."""
    simulator.order({"kind": "400", "times": 1})
    with asking("submit_and_wait", client) as workflow:
        run = started(workflow, ORDER)

        assert ended(run) == ("Failed", "content_filtered")


def test_refused_orders_never_start(client: Client) -> None:
    """The trigger's own schema refuses a body without a prompt, and nothing runs."""
    with asking("submit_and_wait", client) as workflow:
        assert call(workflow, {"quality": "low"}).status == 400
        assert workflow.begun == []


def test_mail_approves(client: Client) -> None:
    """The mail shows the image itself, the verdict is the reviewer's, the run ends well."""
    with mailing(client, approve) as (workflow, mailbox):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER)

        resource = client.reached(request_id, "approved")
        assert ended(next_run(workflow)) == ("Succeeded", "")
    [mail] = mailbox.mails
    [decision] = resource["approval"]["decisions"]
    [place] = [unescape(one) for one in re.findall(r'<img [^>]*src="([^"]*)"', mail.html)]
    assert (mail.to, mail.options) == (marks.REVIEWER, ("Approve", "Reject"))
    assert hashlib.sha256(send("GET", place).body).hexdigest() == resource["images"][0]["sha256"]
    assert (decision["reviewer"], decision["via"]) == (marks.REVIEWER, "token")


def test_mail_where_nobody_is_named(client: Client) -> None:
    """Then the flow's own approver is asked, whom anybody's link lets decide."""
    with mailing(client, approve) as (workflow, mailbox):
        order = {"callbackUrl": workflow.trigger_url, "callbackEvents": [ASKED]}
        request_id = client.submitted(marks.order(includePrompt=True, **order))

        [decision] = client.reached(request_id, "approved")["approval"]["decisions"]
    [mail] = mailbox.mails
    assert decision["reviewer"] == mail.to == "somebody@contoso.example"
    assert marks.PROMPT in mail.html


def test_mail_rejects(client: Client) -> None:
    """Nothing is released when the reviewer presses Reject."""
    with mailing(client, reject) as (workflow, _):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER)

        assert client.reached(request_id, "rejected")["images"][0]["state"] == "rejected"
        assert ended(next_run(workflow)) == ("Succeeded", "")


def test_the_request_on_the_page(client: Client) -> None:
    """What makers paste starts the workflow, and ends with the verdict of the mail."""
    with mailing(client, approve) as (workflow, mailbox):
        place = {"API": client.api_url, "KEY": client.key, "TRIGGER_URL": workflow.trigger_url}
        answer = send(*documented("submit", **place))

        assert answer.status == 202, answer.body
        client.reached(answer.json()["id"], "approved")
        assert ended(next_run(workflow)) == ("Succeeded", "")
    assert [mail.to for mail in mailbox.mails] == ["ana@contoso.com"]


def test_the_subscription_on_the_page(client: Client) -> None:
    """Every question comes to the workflow then, whoever asks for images."""
    with mailing(client, reject) as (workflow, _):
        place = {"API": client.api_url, "KEY": client.key, "TRIGGER_URL": workflow.trigger_url}
        answer = send(*documented("subscribe", **place))
        if not LANDED & {"/subscriptions"}:
            assert answer.status == 404
            return
        assert answer.status == 201, answer.body
        request_id = client.submitted(marks.order())
        client.reached(request_id, "rejected")
        send("DELETE", answer.headers["location"], None, {"x-functions-key": client.key})


def test_a_question_about_a_batch(client: Client) -> None:
    """People are mailed the page, the run ends at once, and the verdict is theirs to send there."""
    with mailing(client, approve) as (workflow, mailbox):
        place = {"API": client.api_url, "KEY": client.key, "TRIGGER_URL": workflow.trigger_url}
        subscribed = send(*documented("subscribe", **place))
        asks = {"approvalScope": "batch", "approval": reviewed_by(marks.REVIEWER, OTHER)}
        batch_id = client.batched([marks.order() for _ in range(2)], name=marks.PURPOSE, **asks)

        assert ended(next_run(workflow)) == ("Succeeded", "")
        send("DELETE", subscribed.headers["location"], None, {"x-functions-key": client.key})
    assert sorted(mail.to for mail in mailbox.mails) == sorted([marks.REVIEWER, OTHER])
    links = [re.findall(r'<a href="([^"]*/review#[^"]*)"', mail.html) for mail in mailbox.mails]
    assert len({link for [link] in links}) == 2
    assert all(marks.PURPOSE in mail.html and not mail.options for mail in mailbox.mails)
    assert client.batch(batch_id)["approval"]["verdict"] == "open"
    client.cancel_batch(batch_id)


def test_an_event_that_was_cut(client: Client) -> None:
    """What has no images to show in a mail leads to the page as well."""
    headers, event = asked(client.api_url)
    for name in ("approval", "images"):
        del event[name]
    with mailing(client, approve) as (workflow, mailbox):
        assert call(workflow, event, headers).status == 202

        assert ended(next_run(workflow)) == ("Succeeded", "")
    [mail] = mailbox.mails
    assert (mail.to, mail.options) == (marks.REVIEWER, ())
    assert event["reviewUrl"] in mail.html


def test_mail_that_nobody_answers_rejects(client: Client) -> None:
    """Where the flow was told so, three days of silence are a rejection, and it says why."""
    with mailing(client, nobody, HASTY, whenNobodyAnswers="reject") as (workflow, _):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER)

        [decision] = client.reached(request_id, "rejected")["approval"]["decisions"]
        assert decision["comment"] == "Nobody answered the mail in time."
        run = next_run(workflow)
        assert ended(run) == ("Succeeded", "")


def test_mail_that_nobody_answers_waits(client: Client) -> None:
    """Otherwise the flow ends, and the request stays with the deadline of its stage."""
    with mailing(client, nobody, HASTY) as (workflow, _):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER)

        assert ended(next_run(workflow)) == ("Succeeded", "")
    assert client.resource(request_id)["status"] == "awaitingApproval"
    client.cancel(request_id)


def test_an_event_that_comes_twice(client: Client) -> None:
    """The second run finds the verdict given, and ends as well as the first."""
    with mailing(client, approve) as (workflow, mailbox):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER)
        client.reached(request_id, "approved")
        first = next_run(workflow)
        came = first.trigger["headers"].items()
        again = {name: text for name, text in came if name.startswith(("ce-", "webhook-"))}
        assert call(workflow, first.trigger["body"], again).status == 202

        assert [ended(first), ended(next_run(workflow))] == [("Succeeded", "")] * 2
    assert len(mailbox.mails) == 2
    assert len(client.resource(request_id)["approval"]["decisions"]) == 1


def test_each_reviewer_has_a_mail(client: Client) -> None:
    """Both are asked at once; whose answer comes after the end has done no harm."""
    with mailing(client, approve) as (workflow, mailbox):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER, OTHER, rule="any")

        client.reached(request_id, "approved")
        assert ended(next_run(workflow)) == ("Succeeded", "")
    assert sorted(mail.to for mail in mailbox.mails) == sorted([marks.REVIEWER, OTHER])
    [one, another] = [set(re.findall(r"v1\.[\w.-]+", mail.html)) for mail in mailbox.mails]
    assert one and another and not one & another


def test_all_reviewers_by_mail(client: Client) -> None:
    """Where all must agree, one workflow run collects the verdicts of all."""
    with mailing(client, approve) as (workflow, _):
        request_id = watched(client, workflow.trigger_url, marks.REVIEWER, OTHER, rule="all")

        decisions = client.reached(request_id, "approved")["approval"]["decisions"]
        assert ended(next_run(workflow)) == ("Succeeded", "")
    assert {one["reviewer"] for one in decisions} == {marks.REVIEWER, OTHER}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ce-type", "darkroom.request.approved"),
        ("ce-specversion", "0.3"),
        ("decisionUrl", "http://127.0.0.1:9/images/01J/decision?token=x"),
        ("decisionUrl", "{api}/images/01K/decision?token=x"),
        ("reviewUrl", "http://127.0.0.1:9/review#x"),
        ("reviewers", [{"reviewer": "a", "decisionUrl": "http://x", "reviewUrl": "{api}/review"}]),
        ("reviewers", [{"reviewer": "a", "decisionUrl": "{api}/images/01J/decision"} | ELSEWHERE]),
        ("id", ""),
    ],
)
def test_an_event_of_somebody_else(client: Client, field: str, value: object) -> None:
    """Who learns the trigger's address makes the workflow neither mail nor call another place."""
    headers, event = asked(client.api_url)
    filled = json.loads(json.dumps(value).replace("{api}", client.api_url))
    (headers if field in headers else event)[field] = filled
    with mailing(client, approve) as (workflow, mailbox):
        assert call(workflow, event, headers).status == 202

        assert ended(next_run(workflow)) == ("Failed", "NotOurEvent")
    assert mailbox.mails == []


def test_a_verdict_that_is_not_taken(client: Client) -> None:
    """A made-up token passes the workflow's own checks; that Darkroom refuses it fails the run."""
    headers, event = asked(client.api_url)
    with mailing(client, approve, HASTY) as (workflow, mailbox):
        call(workflow, event, headers)

        assert ended(next_run(workflow)) == ("Failed", "NotDelivered")
    assert len(mailbox.mails) == 1


def test_what_a_link_cannot_decide(client: Client) -> None:
    """About money beyond the budget nobody is asked by mail: such an event has no token."""
    headers, event = asked(client.api_url)
    event["decisionUrl"] = event["decisionUrl"].partition("?")[0]
    with mailing(client, approve) as (workflow, mailbox):
        call(workflow, event, headers)

        assert ended(next_run(workflow)) == ("Cancelled", "")
        assert call(workflow, {"id": "01J"}, headers).status == 400
    assert mailbox.mails == []


def test_webhook_resumes_once_at_the_end(client: Client) -> None:
    """Of all the request's events only the last one reaches the waiting action."""
    with asking("http_webhook", client) as workflow:
        run = started(workflow, ORDER)
        request_id = request_of(run, client)
        client.reached(request_id, "awaitingApproval")
        assert not run.finished.is_set()
        client.decide(request_id, {"decision": "approve"})

        assert ended(run) == ("Succeeded", "")
    assert run.result("Ask_and_wait").outputs["headers"]["ce-type"] == "darkroom.request.approved"
    [image] = run.result("Released_images").outputs["body"]
    assert image["state"] == "approved"
    assert only_callback(run).calls == 1
    assert run.unsubscribed == [LET_GO]


def test_webhook_lets_go_when_its_run_is_cancelled(client: Client) -> None:
    """The action says that it waits no longer; nothing is sent to it afterwards."""
    with asking("http_webhook", client) as workflow:
        run = started(workflow, ORDER)
        request_id = request_of(run, client)
        client.reached(request_id, "awaitingApproval")
        run.cancel()

        assert ended(run) == ("Cancelled", "")
        assert run.unsubscribed == [LET_GO]
    if LANDED & {"/callbacks/unsubscribe"}:
        client.reached(request_id, "cancelled")
    client.cancel(request_id)
    assert only_callback(run).calls == 0


def shown(name: str, screen: io.StringIO) -> PlainDisplay:
    steps = tuple(action for action, _ in every(shipped(name)["actions"]))
    return PlainDisplay(Board(steps), screen)


def test_dev_flow_runs_the_files(system: System) -> None:
    """The command shows each step as it happens, whoever starts the workflow."""
    options: dict[str, Any] = {"param": [], "body": None, "speed": QUICK}
    for name, answer, line in (
        ("submit_and_wait", "Approve", "Ask_for_images: 200 approved"),
        ("http_webhook", "Reject", "What_reviewers_said: done"),
        ("approval", "Approve", "Post_approval: 200"),
    ):
        screen = io.StringIO()
        display = shown(name, screen)
        run = flow(shipped(name), system.record(), Namespace(answer=answer, **options), display)

        assert closing(run) == ["The run has ended: Succeeded"]
        assert line in screen.getvalue()
        assert "sig=" not in screen.getvalue() and "token=" not in screen.getvalue()


def test_dev_flow_says_what_was_refused(system: System) -> None:
    """The faults of an order that Darkroom does not take are told with their place."""
    options = Namespace(answer="nobody", param=[], body='{"prompt": "x", "n": 99}', speed=QUICK)
    display = shown("submit_and_wait", io.StringIO())
    run = flow(shipped("submit_and_wait"), system.record(), options, display)

    status, answered = closing(run)
    assert status == "The run has ended: Failed"
    assert answered.startswith("Ask_for_images was answered 400: invalid_request #/n ")

"""Triggers, callbacks and mails: who may call, what is waited for, how it ends."""

from threading import Barrier
from typing import Any

from dev.engine.mailbox import Mail, Mailbox
from dev.engine.outcome import Outcome
from dev.engine.pace import Pace
from dev.engine.run import Run
from dev.http_client import send
from tests.integration.engine.flows import Skipping, begun, done, flow, posted
from tests.integration.engine.partner import Partner, Say, partner

SAY: dict[str, Any] = {"type": "Compose", "inputs": "@triggerBody()"}
HOOK: dict[str, Any] = {
    "type": "HttpWebhook",
    "inputs": {
        "subscribe": {
            "method": "POST",
            "uri": "@{parameters('url')}/hooks",
            "body": {"callbackUrl": "@{listCallbackUrl()}"},
        },
        "unsubscribe": {"method": "POST", "uri": "@{parameters('url')}/bye", "body": {}},
    },
}
MESSAGE = {"To": "ana@contoso.example", "Options": "Yes, No", "UseOnlyHTMLMessage": True}
MAIL: dict[str, Any] = {
    "type": "ApiConnectionWebhook",
    "inputs": {
        "host": {
            "connection": {"name": "@parameters('$connections')['office365']['connectionId']"}
        },
        "path": "/approvalmail/$subscriptions",
        "body": {"NotificationUrl": "@{listCallbackUrl()}", "Message": MESSAGE},
    },
}


def test_trigger_has_a_lock() -> None:
    """The signature opens it; a wrong one, or a second right beside it, does not."""
    with flow({"Say": SAY}, "", Pace()) as workflow:
        place = workflow.trigger_url
        assert send("POST", place, {"a": 1}).status == 202
        assert send("POST", place[:-3] + "xxx", {}).status == 401
        assert send("POST", place.partition("?")[0], {}).status == 401
        assert send("POST", place, {}, {"authorization": "Bearer x"}).status == 401
        assert send("POST", place.replace("/manual/", "/other/"), {}).status == 404
        assert len(workflow.begun) == 1


def test_trigger_checks_the_body() -> None:
    """With its schema turned on, a body that does not fit starts nothing."""
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    trigger = {"inputs": {"schema": schema}, "operationOptions": "EnableSchemaValidation"}
    with flow({"Say": SAY}, "", Pace(), trigger=trigger) as workflow:
        assert send("POST", workflow.trigger_url, {"n": "1"}).status == 400
        assert send("POST", workflow.trigger_url, {"n": True}).status == 400
        assert send("POST", workflow.trigger_url, {}).status == 400
        assert done(workflow, {"n": 1}).result("Say").outputs == {"n": 1}


def test_trigger_conditions() -> None:
    """A call that does not meet them is taken, and no action runs."""
    condition = [{"expression": "@equals(triggerBody()?['go'], true)"}]
    with flow({"Say": SAY}, "", Pace(), trigger={"conditions": condition}) as workflow:
        assert "Say" not in done(workflow, {"go": False}).frame.results
        assert "Say" in done(workflow, {"go": True}).frame.results


def test_response_answers_the_caller() -> None:
    """Who calls a workflow with a Response action hears what it says."""
    response = {"type": "Response", "inputs": {"statusCode": 201, "body": "@triggerBody()"}}
    with flow({"Answer": response}, "", Pace()) as workflow:
        answer = send("POST", workflow.trigger_url, {"a": 1})

    assert (answer.status, answer.json()) == (201, {"a": 1})


def test_tracking_id_goes_along() -> None:
    """The caller's own, or the one the trigger makes of the event."""
    own = {"correlation": {"clientTrackingId": "@{triggerOutputs()?['headers']?['webhook-id']}"}}
    with flow({"Say": SAY}, "", Pace(), trigger=own) as workflow:
        answer = posted(workflow.trigger_url, {}, {"webhook-id": "E-7"})
        assert answer.headers["x-ms-client-tracking-id"] == "E-7"
        assert answer.headers["x-ms-workflow-run-id"] == workflow.runs.get(timeout=60).id
    with flow({"Say": SAY}, "", Pace()) as workflow:
        answer = posted(workflow.trigger_url, {}, {"x-ms-client-tracking-id": "mine"})
        assert answer.headers["x-ms-client-tracking-id"] == "mine"


def test_webhook_waits_for_one_call() -> None:
    """It resumes with what is posted first, unsubscribes once, and a second call does nothing."""
    with partner() as server, flow({"Wait": HOOK}, server.url, Skipping()) as workflow:
        server.will_say(Say(200), Say(200))
        run = begun(workflow)
        callback = _subscribed(server, run)
        assert send("POST", callback, {"status": "approved"}).status == 200
        assert run.finished.wait(60)
        assert send("POST", callback, {"status": "late"}).status == 200

        assert run.result("Wait").outputs["body"] == {"status": "approved"}
        assert [one.path for one in server.came] == ["/hooks", "/bye"]
        tracking = {one.headers["x-ms-client-tracking-id"] for one in server.came}
        names = {one.headers["x-ms-workflow-operation-name"] for one in server.came}
        assert (len(tracking), names) == (1, {"Wait"})


def test_webhook_unsubscribes_when_it_times_out_or_is_cancelled() -> None:
    """However the waiting ends, the app is told."""
    with partner() as server:
        server.will_say(Say(200), Say(200), Say(200), Say(404))
        hasty = HOOK | {"limit": {"timeout": "P7D"}}
        with flow({"Wait": hasty}, server.url, Pace(100_000_000.0)) as workflow:
            run = done(workflow)
            assert run.result("Wait").status == "TimedOut"
        with flow({"Wait": HOOK}, server.url, Skipping()) as workflow:
            run = begun(workflow)
            _subscribed(server, run, times=2)
            run.cancel()
            assert run.outcome(10).status == run.result("Wait").status == "Cancelled"
        assert [one.path for one in server.came] == ["/hooks", "/bye"] * 2


def test_webhook_that_is_refused() -> None:
    """Without a subscription there is nothing to wait for, and nothing to undo."""
    with partner() as server, flow({"Wait": HOOK}, server.url, Skipping()) as workflow:
        server.will_say(Say(422))
        run = done(workflow)

        assert run.result("Wait").status == "Failed"
        assert [one.path for one in server.came] == ["/hooks"]


def test_mail_by_html_buttons() -> None:
    """The option comes back; who pressed it does not, when only the HTML message was sent."""
    mailbox = Mailbox(lambda mail: mail.options[1])
    with flow({"Mail": MAIL}, "", Skipping(), mailbox) as workflow:
        outcome = done(workflow).result("Mail")

    assert outcome.outputs["body"] == {"SelectedOption": "No", "UserEmailAddress": None}
    assert mailbox.mails == [Mail("ana@contoso.example", "", "", ("Yes", "No"))]


def test_mail_with_an_unknown_field() -> None:
    """A typing error in the message is no silent nothing."""
    wrong = {**MAIL["inputs"]["body"], "Message": {**MESSAGE, "Betreff": "x"}}
    mail = MAIL | {"inputs": {**MAIL["inputs"], "body": wrong}}
    with flow({"Mail": mail}, "", Skipping(), Mailbox(lambda mail: None)) as workflow:
        assert done(workflow).result("Mail").status == "Failed"


def test_mail_without_buttons() -> None:
    """It is sent at once, and nobody is waited for; what the connector cannot do fails."""
    host = MAIL["inputs"]["host"]
    body = {"To": "ana@contoso.example", "Subject": "S", "Body": "<p>B</p>", "Importance": "Normal"}
    inputs = {"host": host, "method": "post", "path": "/v2/Mail", "body": body}
    mailbox = Mailbox(lambda mail: None)
    send_it = {"Send": {"type": "ApiConnection", "inputs": inputs}}
    with flow(send_it, "", Skipping(), mailbox) as workflow:
        assert done(workflow).result("Send").status == "Succeeded"
    send_it = {"Send": {"type": "ApiConnection", "inputs": {**inputs, "path": "/v3/Mail"}}}
    with flow(send_it, "", Skipping(), mailbox) as workflow:
        assert done(workflow).result("Send").status == "Failed"

    assert mailbox.mails == [Mail("ana@contoso.example", "S", "<p>B</p>")]


def test_mails_of_a_loop_wait_side_by_side() -> None:
    """The second mail is out before the first is answered."""
    both = Barrier(2, timeout=60)

    def when_both_are_asked(mail: Mail) -> str:
        both.wait()
        return "Yes"

    mailbox = Mailbox(when_both_are_asked)
    to_each = {**MAIL["inputs"]["body"], "Message": {**MESSAGE, "To": "@item()"}}
    mail = MAIL | {"inputs": {**MAIL["inputs"], "body": to_each}, "runAfter": {}}
    loop = {"type": "Foreach", "foreach": "@createArray('a', 'b')", "actions": {"Mail": mail}}
    with flow({"Each": loop}, "", Pace(), mailbox) as workflow:
        run = done(workflow)

    assert sorted(one.to for one in mailbox.mails) == ["a", "b"]
    assert run.outcome(10).status == "Succeeded"


def test_loop_fails_by_one_of_its_rounds() -> None:
    """The other rounds go on all the same, and the loop has failed."""
    ask = {"type": "Compose", "inputs": "@startsWith(item(), 'a')", "runAfter": {}}
    loop = {"type": "Foreach", "foreach": "@createArray('a', 1, 'b')", "actions": {"Ask": ask}}
    count = {"type": "Compose", "inputs": "late", "runAfter": {"Each": ["Failed"]}}
    with flow({"Each": loop, "Count": count}, "", Pace()) as workflow:
        run = done(workflow)

    assert (run.result("Each").status, run.result("Count").outputs) == ("Failed", "late")


def test_terminate_ends_what_waits() -> None:
    """The run ends as it says, at once, whatever else is under way."""
    end: dict[str, Any] = {
        "type": "Terminate",
        "inputs": {"runStatus": "Failed", "runError": {"code": "Enough", "message": "x"}},
    }
    with flow({"Mail": MAIL, "End": end}, "", Pace(), Mailbox(lambda mail: None)) as workflow:
        run = done(workflow)

    assert run.outcome(10) == Outcome("Failed", None, end["inputs"]["runError"])
    assert run.result("Mail").status in ("Cancelled", "Skipped")


def _subscribed(server: Partner, run: Run, times: int = 1) -> str:
    """The address that was given out last, once so many subscriptions have come."""
    while len(hooks := [one for one in server.came if one.path == "/hooks"]) < times:
        assert not run.finished.wait(0.01)
    return str(hooks[-1].body["callbackUrl"])

"""The quota counts in slices; its clock is passed in, so nothing here waits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dev.simulator import Options, running_simulator
from dev.simulator.quota import Quota
from dev.simulator.service import Service


def test_six_a_minute_is_one_in_ten_seconds() -> None:
    """The second request of a ten-second slice waits for the slice to end."""
    quota = Quota(6)
    waits_s = [quota.admit(now_s).retry_after_s for now_s in (0.0, 4.0, 10.0, 20.0)]
    assert waits_s == [0.0, 6.0, 0.0, 0.0]


def test_burst_is_refused_below_the_nominal_rate() -> None:
    """120 a minute are not three in one second."""
    quota = Quota(120)
    waits_s = [quota.admit(now_s).retry_after_s for now_s in (0.0, 0.25, 0.5, 1.0)]
    assert waits_s == [0.0, 0.0, 0.5, 0.0]


def test_refused_requests_count() -> None:
    """Knocking in vain uses up the minute."""
    quota = Quota(6)
    for _ in range(6):
        quota.admit(0.0)
    assert quota.admit(50.0).retry_after_s == 10.0
    assert quota.admit(60.0).retry_after_s == 0.0


def test_two_a_minute_do_not_become_six() -> None:
    """The minute itself is a slice for rates that ten seconds cannot hold."""
    quota = Quota(2)
    waits_s = [quota.admit(now_s).retry_after_s for now_s in (0.0, 10.0, 20.0, 60.0)]
    assert waits_s == [0.0, 0.0, 40.0, 0.0]


def test_requests_may_be_told_out_of_order() -> None:
    """One whose long body ended in the next slice counts in its own, and resets neither."""
    quota = Quota(6)
    waits_s = [quota.admit(now_s).retry_after_s for now_s in (9.0, 10.0, 9.5, 10.5)]
    assert waits_s == [0.0, 0.0, 0.5, 9.5]


def test_headers_tell_what_is_left() -> None:
    """The allowance counts down within the minute."""
    quota = Quota(60)
    left = [quota.admit(now_s).headers()["x-ratelimit-remaining-requests"] for now_s in (0, 1, 2)]
    assert left == ["59", "58", "57"]


def test_no_quota_below_one() -> None:
    """A rate of nothing is a mistake."""
    with pytest.raises(ValueError, match="at least 1"):
        Quota(0)


def test_quota_over_http() -> None:
    """Bad requests count too, deployments have their own, and time opens the slice again."""
    now_s = [1000.0]
    deployments = {"one": "gpt-image-2", "two": "gpt-image-2"}
    with (
        running_simulator(
            key="k", deployments=deployments, requests_per_minute=6, now_s=lambda: now_s[0]
        ) as simulator,
        httpx.Client(base_url=simulator.url, headers={"api-key": "k"}) as client,
    ):

        def generate(name: str, **body: object) -> httpx.Response:
            return client.post("/openai/v1/images/generations", json={"model": name, **body})

        assert generate("one", n=0, prompt="x").status_code == 400
        refused = generate("one", prompt="x")
        assert refused.status_code == 429
        assert refused.headers["retry-after-ms"] == "10000"
        assert generate("two", prompt="x").status_code == 200
        now_s[0] += 10
        good = generate("one", prompt="x")
        assert (good.status_code, good.json()["created"]) == (200, 1010)
        outcomes = [(row["deployment"], row["outcome"]) for row in simulator.ledger()]
    assert outcomes == [("one", "400"), ("one", "429"), ("two", "completed"), ("one", "completed")]


def test_each_deployment_may_have_its_own() -> None:
    """A named quota goes before the common one, and an orchestrator has only a named one."""
    options = Options(
        key="k",
        deployments={"one": "gpt-image-2", "two": "gpt-image-2"},
        orchestrators=["chat"],
        requests_per_minute=6,
        requests_per_minute_of={"two": 60},
    )
    service = Service(options)
    limits = [
        service.deployment("one").quota.admit(0.0).limit_requests,
        service.deployment("two").quota.admit(0.0).limit_requests,
    ]
    assert limits == [6, 60]
    waits_s = [service.orchestrator("chat").quota.admit(0.0).retry_after_s for _ in range(99)]
    assert set(waits_s) == {0.0}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"requests_per_minute_of": {"three": 6}}, "three"),
        ({"orchestrators": ["one"]}, "one"),
    ],
)
def test_options_that_contradict_each_other(more: dict[str, Any], named: str) -> None:
    """A quota for nobody, and one name for two kinds."""
    with pytest.raises(ValueError, match=f"'{named}'"):
        Options(key="k", deployments={"one": "gpt-image-2"}, **more)


def test_options_do_not_show_their_secrets() -> None:
    """Key and token stay out of what is printed of them."""
    shown = repr(Options(key="planted-key", token="planted-token", deployments={}))
    assert "planted" not in shown

"""The approval of a body: what each stage may ask, and what not."""

from typing import Any

import pytest

from shared.domain.stage_body import ApprovalBody, When, approval_faults

ASKED = {"reviewers": ["ana@contoso.com", "bo@contoso.com"]}
ESCALATED = {"onDeadline": "escalate", "escalateTo": ["a@b.c"]}


def pointers(approval: dict[str, Any]) -> list[str]:
    body = ApprovalBody.model_validate(approval)
    faults = approval_faults(body, max_wait_days=180)
    return [fault.pointer.removeprefix("#/approval") for fault in faults]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({}, []),
        (ASKED | {"rule": "all", "delegate": True}, []),
        (ASKED | {"rule": {"atLeast": 2}}, []),
        ({"rule": "all"}, ["/reviewers"]),
        ({"rule": {"atLeast": 1}}, ["/reviewers"]),
        (ASKED | {"rule": {"atLeast": 3}}, ["/rule/atLeast"]),
        ({"reviewers": ["a@b.c", "A@B.c"], "rule": {"atLeast": 2}}, ["/rule/atLeast"]),
        ({"onDeadline": "escalate"}, ["/escalateTo"]),
        ({"escalateTo": ["a@b.c"]}, ["/escalateTo"]),
        ({"delegate": True}, ["/delegate"]),
        ({"name": "Spend"}, ["/name"]),
        ({"deadline": "PT59S"}, ["/deadline"]),
        ({"deadline": "P181D"}, ["/deadline"]),
        ({"deadline": "P180D"}, []),
        ({"deadline": "P180D", "releaseDelay": "PT1S"}, ["/deadline"]),
        ({"deadline": "P91D", **ESCALATED}, ["/deadline"]),
        ({"deadline": "P90D", **ESCALATED}, []),
        ({"deadline": "P89D", "releaseDelay": "P2D", **ESCALATED}, ["/deadline"]),
        ({"remindEvery": "PT1S"}, ["/remindEvery"]),
        ({"remindEvery": "PT1M"}, []),
    ],
)
def test_one_stage(stage: dict[str, Any], expected: list[str]) -> None:
    """Rules need people, escalations too, and no wait is longer than the app keeps things."""
    assert pointers({"after": [stage]}) == [f"/after/0{one}" for one in expected]


def test_all_stages_together() -> None:
    """Each has its own name, in any case, and together they end in time."""
    stages = {"before": [{"name": "a"}], "after": [{"name": "A"}, {"name": "b"}]}
    assert pointers(stages) == ["/after/0/name"]
    long = {"before": [{"name": "a", "deadline": "P100D"}], "after": [{"deadline": "P81D"}]}
    assert pointers(long) == [""]
    assert pointers({}) == ["/after"]


@pytest.mark.parametrize(
    ("when", "cost_usd", "images", "holds"),
    [
        ({"costOverUsd": 1}, 1.0, 1, False),
        ({"costOverUsd": 1}, 1.01, 1, True),
        ({"imagesOver": 4}, 0, 4, False),
        ({"imagesOver": 4}, 0, 5, True),
        ({"imagesOver": 4, "costOverUsd": 1}, 2, 4, False),
        ({"imagesOver": 4, "costOverUsd": 1}, 2, 5, True),
        ({}, 0, 1, True),
    ],
)
def test_when(when: dict[str, Any], cost_usd: float, images: int, holds: bool) -> None:
    """More than is said, and of two conditions both."""
    assert When.model_validate(when).holds(cost_usd, images) == holds

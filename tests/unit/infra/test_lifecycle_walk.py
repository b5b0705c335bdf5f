"""Three years of days: where the platform's rules leave the blobs of every container."""

from typing import Any

import pytest

from dev.infra_tables import made, retention
from shared.domain import names
from shared.domain.retention import PHASES

THREE_YEARS = 3 * 365
WAIT = retention()["maxWaitDays"]
SWEPT = {container: days for _, days, containers in PHASES for container in containers}
KEPT = {names.USAGE, "templates", names.STATE}
APPEND = {names.REQUESTS, names.DELIVERIES}


def tier_on(day: int, name: str, append: bool) -> str:
    """As the service does it: of several actions the cheapest, delete before cold before cool."""
    tier = "Hot"
    for rule in made()["lifecycle.json"]["rules"]:
        filters, actions = rule["definition"]["filters"], rule["definition"]["actions"]["baseBlob"]
        kind = "appendBlob" if append else "blockBlob"
        if kind not in filters["blobTypes"] or not name.startswith(tuple(filters["prefixMatch"])):
            continue
        if _due(actions, "delete", day):
            return "deleted"
        if _due(actions, "tierToCold", day):
            tier = "Cold"
        elif _due(actions, "tierToCool", day) and tier == "Hot":
            tier = "Cool"
    return tier


def _due(actions: dict[str, Any], action: str, day: int) -> bool:
    return action in actions and day > actions[action]["daysAfterModificationGreaterThan"]


def story(container: str) -> list[tuple[int, str]]:
    """The days on which the tier of an untouched blob changes."""
    told: list[tuple[int, str]] = []
    for day in range(THREE_YEARS):
        tier = tier_on(day, f"{container}/x", container in APPEND)
        if not told or told[-1][1] != tier:
            told.append((day, tier))
    return told


@pytest.mark.parametrize("container", sorted(SWEPT))
def test_the_broom_comes_first(container: str) -> None:
    """What the app deletes itself, the platform deletes no sooner than the longest wait later."""
    assert story(container) == [(0, "Hot"), (SWEPT[container] + WAIT + 1, "deleted")]


def test_approved_images_grow_cold() -> None:
    """Hot, cool after 30 days, cold after 180, deleted after two years; never in the archive."""
    assert story(names.APPROVED) == [(0, "Hot"), (31, "Cool"), (181, "Cold"), (731, "deleted")]


@pytest.mark.parametrize("container", sorted(APPEND))
def test_records_outlive_images(container: str) -> None:
    """Journals and delivery logs go last: thirty days after the images they prove."""
    assert story(container) == [(0, "Hot"), (761, "deleted")]


@pytest.mark.parametrize("container", sorted(KEPT))
def test_some_are_kept(container: str) -> None:
    """Usage, templates and state are nobody's to delete but the app's."""
    assert story(container) == [(0, "Hot")]


def test_the_rest() -> None:
    """Uploads a week, dead letters ninety days, keys of requests thirty."""
    assert story(names.UPLOADS)[-1] == (8, "deleted")
    assert story(names.DEAD)[-1] == (91, "deleted")
    assert story(f"{names.STATE}/keys")[-1] == (31, "deleted")


def test_every_container_has_an_end() -> None:
    """No container is forgotten here."""
    told = {*SWEPT, *APPEND, *KEPT, names.APPROVED, names.UPLOADS, names.DEAD}

    assert told == set(names.CONTAINERS)

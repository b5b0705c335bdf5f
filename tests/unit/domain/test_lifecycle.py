"""The lifecycle rules under the broom."""

from typing import Any

from shared.domain import names
from shared.domain.lifecycle import policy
from shared.domain.retention import PHASES

MAX_WAIT_DAYS = 180


def rules() -> dict[str, dict[str, Any]]:
    found = policy(MAX_WAIT_DAYS, 730, 760)["rules"]
    return {rule["definition"]["filters"]["prefixMatch"][0]: rule for rule in found}


def deleted_after(prefix: str) -> int:
    days = rules()[prefix]["definition"]["actions"]["baseBlob"]["delete"]
    return int(days["daysAfterModificationGreaterThan"])


def test_no_rule_is_faster_than_the_broom() -> None:
    """What a request may still wait with is never taken by a rule."""
    for _, days, containers in PHASES:
        for container in containers:
            assert deleted_after(f"{container}/") == days + MAX_WAIT_DAYS


def test_every_container_but_two_has_a_rule() -> None:
    """Ledger and templates are kept; of `state` keys, mentions, and what may be reused go."""
    covered = {prefix.split("/")[0] for prefix in rules()}

    assert covered == set(names.CONTAINERS) - {"usage", "templates"}
    assert [prefix for prefix in rules() if prefix.startswith("state/")] == [
        "state/keys/",
        "state/reuse/",
        "state/subjects/",
    ]


def test_people_are_found_as_long_as_anything_of_their_request_is_there() -> None:
    """A mention is as old as the request, which may have waited long before its last fact."""
    assert deleted_after("state/subjects/") == deleted_after("requests/") + MAX_WAIT_DAYS


def test_what_may_be_reused_is_found_as_long_as_its_images_are_there() -> None:
    """An entry is put when the images are released, and leads nowhere without them."""
    assert deleted_after("state/reuse/") == deleted_after("approved/")


def test_records_outlive_images() -> None:
    """Journals are append blobs, which can only be deleted, and go after what they prove."""
    journal = rules()["requests/"]["definition"]

    assert journal["filters"]["blobTypes"] == ["appendBlob"]
    assert list(journal["actions"]["baseBlob"]) == ["delete"]
    assert deleted_after("requests/") > deleted_after("approved/")


def test_released_images_get_cheaper_storage_with_age() -> None:
    """Hot, cool after 30 days, cold after 180; no archive, which zone redundancy cannot have."""
    actions = rules()["approved/"]["definition"]["actions"]["baseBlob"]

    assert actions["tierToCool"] == {"daysAfterModificationGreaterThan": 30}
    assert actions["tierToCold"] == {"daysAfterModificationGreaterThan": 180}
    assert "tierToArchive" not in actions


def test_bodies_of_dead_letters_go_with_their_records() -> None:
    """Nothing that a record leads to stays longer than the record."""
    assert deleted_after("content/dead-") == deleted_after("dead/")

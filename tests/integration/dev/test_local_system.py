"""Parts of the local system: storage, settings, keys, `.dev/up.json`."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dev.cli import Stop
from dev.demo_report import Faulty, check_released
from dev.deployments import DEPLOYMENT, MODEL, simulator_arguments
from dev.host_settings import ALL_ROLES, Places, child_environment, host_environment, own_values
from dev.keys import kept_keys, new_keys
from dev.ports import free_ports, is_free
from dev.review_token import Opening, make_token, opening_of
from dev.simulator.__main__ import options as simulator_options
from dev.simulator.__main__ import parser as simulator_parser
from dev.storage import StoredBlob, make_containers_and_queues, read_blobs
from dev.up_file import UpFile
from shared.settings import load

PLACES = Places(7071, 8090, 8091, "UseDevelopmentStorage=true")


def test_storage_has_all_names_and_making_them_again_is_fine(
    storage_connection_string: str,
) -> None:
    """Data that was kept already has its containers."""
    made = [make_containers_and_queues(storage_connection_string) for _ in range(2)]

    assert made == ["13 containers, 6 queues"] * 2
    assert read_blobs(storage_connection_string, "approved", "none/") == []


def test_free_ports_are_different_and_free() -> None:
    """Five parts never get the same port."""
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_child_gets_no_stray_variables() -> None:
    """A developer's own settings and secrets do not reach the app."""
    parent = {"PATH": "/bin", "LC_ALL": "C", "DARKROOM_CALLERS": "x", "AZURE_CLIENT_SECRET": "x"}

    ours = {"PYTHONUNBUFFERED", "PYTHONUTF8", "NO_PROXY", "no_proxy"}
    assert {"PATH", "LC_ALL"} | ours == set(child_environment(parent))


def test_callers_are_known_by_digest_and_roles() -> None:
    """The full key may do everything, the reader's key may read its own."""
    keys = new_keys()
    admin, reader = json.loads(own_values(PLACES, keys)["DARKROOM_CALLERS"])

    assert hashlib.sha256(keys.function.encode()).hexdigest() == admin["keySha256"]
    assert list(ALL_ROLES) == admin["roles"]
    assert reader["roles"] == ["read"]


def test_host_settings_are_those_the_product_takes() -> None:
    """The app starts with them, and calls nothing but loopback."""
    settings = load(host_environment(PLACES, new_keys()))

    assert settings.public_url == PLACES.api_url
    assert settings.allow_loopback


def test_every_deployment_of_the_app_is_the_simulators() -> None:
    """What a model-less request gets is first, and every way of asking can be tried."""
    settings = load(host_environment(PLACES, new_keys()))

    found = {one.deployment: one.model for one in settings.deployments}
    given = simulator_options(simulator_parser().parse_args(["--key", "k", *simulator_arguments()]))
    assert found == given.deployments
    assert [settings.deployments[0].name, settings.deployments[0].model] == [DEPLOYMENT, MODEL]
    assert {one.api for one in settings.deployments} == {"v1", "deployment", "responses"}
    assert {one.orchestrator for one in settings.deployments} == {None, *given.orchestrators}


def test_signing_key_is_long_enough() -> None:
    """The product refuses less than 32 bytes."""
    [entry] = json.loads(own_values(PLACES, new_keys())["DARKROOM_SIGNING_KEYS"])

    assert len(base64.b64decode(entry["key"])) == 32


def test_kept_keys_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    """Links of yesterday still work with `--keep-data`."""
    assert kept_keys(tmp_path / "keys.json") == kept_keys(tmp_path / "keys.json")
    assert new_keys() != new_keys()


def test_up_file_follows_a_restart_and_goes_away(tmp_path: Path) -> None:
    """Readers always find the host that runs now, and nothing after the end."""
    file = tmp_path / "up.json"
    up_file = UpFile(file, tmp_path / "up.keys.json")
    up_file.new_pid("host", 1)
    assert not file.exists()

    up_file.write({"pids": {"host": 1}}, new_keys())
    up_file.new_pid("host", 2)
    assert json.loads(file.read_text()) == {"pids": {"host": 2}}

    up_file.remove()
    assert list(tmp_path.iterdir()) == []


def opened(stage: str, round_: int) -> dict[str, object]:
    data = {"stage": stage, "round": round_, "manifestSha256": f"{round_}" * 64}
    return {"type": "approval.opened", "data": data}


def test_token_is_for_the_stage_opened_last_or_the_named_one() -> None:
    """Without a name the open stage is meant."""
    journal = [opened("brand", 1), opened("legal", 1), opened("brand", 2)]

    assert Opening("brand", 2, "2" * 64) == opening_of(journal, None)
    assert Opening("legal", 1, "1" * 64) == opening_of(journal, "legal")
    assert opening_of(journal, "other").stage == "other"


def test_token_before_any_stage_is_refused() -> None:
    """There is nothing to bind it to."""
    with pytest.raises(Stop, match="no stage"):
        opening_of([{"type": "request.accepted", "data": {}}], None)


def test_token_is_one_the_product_reads() -> None:
    """It is signed with the running system's key and says what was asked for."""
    from shared.security.keys import KeyRing, SigningKey
    from shared.security.tokens import read_review_token

    keys, expires_at = new_keys(), datetime(2026, 11, 20, 12, tzinfo=UTC)
    token = make_token(keys, "01J", Opening("brand", 2, "a" * 64), "ana@contoso.com", expires_at)
    ring = KeyRing((SigningKey("local", keys.signing_bytes()),))
    claims = read_review_token(ring, token, datetime(2026, 11, 20, 11, tzinfo=UTC))

    assert ("01J", "brand", 2, expires_at) == (
        *(claims.request_id, claims.stage, claims.round),
        claims.expires_at,
    )
    assert claims.reviewer.startswith("p:")


BLOB = StoredBlob("01J/0.png", b"bytes", "image/png")
DIGEST = hashlib.sha256(b"bytes").hexdigest()


def test_released_bytes_are_those_of_the_journal() -> None:
    """Storage, resource and journal agree on the digest."""
    check_released([BLOB], [{"sha256": DIGEST, "state": "approved"}], [f'{{"sha256":"{DIGEST}"}}'])


@pytest.mark.parametrize(
    ("blobs", "sha256", "journal"),
    [([], DIGEST, DIGEST), ([BLOB], "0" * 64, DIGEST), ([BLOB], DIGEST, "other")],
)
def test_any_disagreement_is_a_fault(blobs: list[StoredBlob], sha256: str, journal: str) -> None:
    """A missing blob, other bytes or a silent journal fail the demo."""
    with pytest.raises(Faulty):
        check_released(blobs, [{"sha256": sha256, "state": "approved"}], [journal])

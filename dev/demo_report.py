"""
What the demo shows at its end, and the proofs it demands on the way.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dev.http_client import send
from dev.storage import StoredBlob, read_blobs
from dev.verify import faults_of

if TYPE_CHECKING:
    from dev.system import System


class Faulty(Exception):
    """The result or its evidence is not what it claims to be."""


def report(system: "System", resource: dict[str, Any], folder: Path) -> None:
    """
    Fetch the proofs, check them, save them, tell.
    """
    pack = _evidence(system, resource["id"])
    journal = [json.loads(line) for line in pack["journal"]]
    print("\nTime line of the journal")
    for line in time_line(journal):
        print(line)
    blobs = read_blobs(system.places.storage, "approved", f"{resource['id']}/")
    check_released(blobs, resource["images"], pack["journal"])
    print("\nReleased")
    for blob in blobs:
        print(f"  approved/{blob.name}")
        print(f"  sha256 {digest(blob)}, {len(blob.content):,} bytes, as the journal has it")
    for line in origin_lines(pack["provenance"]):
        print(line)
    print("\nSaved")
    for path in _save(folder, blobs, pack):
        print(f"  {path}")
    print(f"\nCost: {cost_line(resource.get('cost') or {})}")
    if faults := faults_of(pack):
        raise Faulty("the evidence does not verify: " + "; ".join(faults))
    print(f"evidence verified: {len(journal)} facts")


def _evidence(system: "System", request_id: str) -> dict[str, Any]:
    url = f"{system.places.api_url}/images/{request_id}/evidence"
    answer = send("GET", url, headers={"x-functions-key": system.keys.function})
    if answer.status != 200:
        raise Faulty(f"the evidence pack's address answered {answer.status}")
    return dict(answer.json())


def time_line(journal: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """
    Each fact with the seconds since the first.
    """
    start = _time(journal[0]["at"])
    for fact in journal:
        after_s = (_time(fact["at"]) - start).total_seconds()
        yield f"  {fact['seq']:>3}  +{after_s:6.2f} s  {fact['type']}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def check_released(
    blobs: Sequence[StoredBlob], images: Sequence[Mapping[str, Any]], journal: Sequence[str]
) -> None:
    """
    The bytes in storage are those the resource names and the journal recorded.
    """
    named = {image["sha256"] for image in images if image["state"] == "approved"}
    stored = {digest(blob) for blob in blobs}
    if not stored or stored != named:
        raise Faulty(f"storage holds {sorted(stored)}, the request names {sorted(named)}")
    for one in stored:
        if not any(one in line for line in journal):
            raise Faulty(f"no fact of the journal names the stored digest {one}")


def origin_lines(provenance: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """
    Where each released image comes from: the simulator signs all of them.
    """
    for one in provenance:
        if one["released"] is None:
            continue
        if one["c2pa"] not in ("valid", "present"):
            raise Faulty(f"{one['released']} was signed and its C2PA manifest is {one['c2pa']}")
        yield f"  C2PA {one['c2pa']}, by {one['generator'] or 'nobody who was read'}"


def digest(blob: StoredBlob) -> str:
    return hashlib.sha256(blob.content).hexdigest()


def cost_line(cost: Mapping[str, Any]) -> str:
    """
    The price book's figure for what the simulator did not really charge.
    """
    if cost.get("amount") is None:
        return "not known"
    book = cost.get("priceBook")
    return f"{cost['amount']} {cost.get('currency')} (price book {book}); the simulator is free"


def _save(folder: Path, blobs: Sequence[StoredBlob], pack: dict[str, Any]) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for blob in blobs:
        image = folder / Path(blob.name).name
        image.write_bytes(blob.content)
        yield image
    evidence = folder / "evidence.json"
    evidence.write_text(json.dumps(pack, indent=2), encoding="utf-8")
    yield evidence

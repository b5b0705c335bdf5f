"""Input images given by their address: fetched before anything is asked or bought."""

from collections.abc import Sequence
from datetime import datetime

from shared.chain import input_store
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain import step as steps
from shared.domain.facts import FactData, Failed, InputsFetched
from shared.domain.inputs import InputImage, InputRef, completed, mask_problem, most_bytes
from shared.domain.step import ALL_FETCHES_S, FETCH_S
from shared.errors import AddressRefused, SinkError

UNAVAILABLE, INVALID = "input_unavailable", "input_invalid"


class _Refused(Exception):
    """What came, or did not come, can be no input; its argument is the code."""


def fetch_inputs(step: steps.FetchInputs, journal: Journal, s: Services) -> Sequence[FactData]:
    """
    What an earlier try has stored is not fetched again, so that each try comes further.

    Raises:
        SinkError: a host does not answer; the due entry counts the tries.
    """
    inputs, content = journal.request.inputs, s.contents.read(journal.id)
    urls = content.input_urls if content else {}
    began = s.clock.now()
    try:
        images = tuple(
            input_store.found_image(s.blobs, journal.id, ref)
            or _fetched(journal.id, ref, urls.get(ref.index, ""), began, s)
            for ref in inputs
            if not ref.here
        )
    except _Refused as refused:
        return [Failed(code=str(refused))]
    if mask_problem(completed(inputs, images)):
        return [Failed(code=INVALID)]
    return [InputsFetched(images=images)]


def _fetched(request_id: str, ref: InputRef, url: str, began: datetime, s: Services) -> InputImage:
    left_s = ALL_FETCHES_S - (s.clock.now() - began).total_seconds()
    if left_s <= 0:
        raise SinkError("Fetching the inputs takes too long for one look.")
    incoming = input_store.Incoming(s.blobs, request_id, ref.index, ref.role)
    try:
        given = s.fetcher.get(url, most_bytes(ref.role), min(FETCH_S, left_s), incoming.write)
    except AddressRefused:
        raise _Refused(UNAVAILABLE) from None
    if not given:
        raise _Refused(UNAVAILABLE)
    image = incoming.commit()
    if image is None:
        raise _Refused(INVALID)
    return image

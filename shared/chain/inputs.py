"""The inputs of a body: looked at before a request is accepted, stored while it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.chain import input_store
from shared.chain.ports import Blobs
from shared.chain.services import Services
from shared.domain import names
from shared.domain.input_body import WAYS, InputBody
from shared.domain.inputs import InputRef, Meter, Role, mask_problem, metered
from shared.domain.request import Request
from shared.domain.submission import SubmitBody
from shared.errors import AddressRefused, Conflict, Fault, Missing
from shared.security.callers import Caller

NO_UPLOAD = "There is no upload of this name."


@dataclass(frozen=True, slots=True)
class Given:
    """
    One input of an order, and where its bytes are to be had.

    `data`: here; `blob`: container and name of a copy; `url`: to be fetched after the answer.
    """

    ref: InputRef
    data: bytes | None = field(default=None, repr=False)
    blob: tuple[str, str] | None = None
    url: str | None = field(default=None, repr=False)


def inputs_of(
    body: SubmitBody, caller: Caller, s: Services
) -> tuple[tuple[Given, ...], list[Fault]]:
    """What the body gives, and every fault of it; uploads are read for that."""
    given, faults = [], []
    for index, (pointer, role, one) in enumerate(_places(body)):
        source = next(way for way in WAYS if getattr(one, way) is not None)
        ref = InputRef.model_validate({"index": index, "role": role, "source": source})
        found, problem = _looked_at(ref, one, caller, s)
        given.append(found)
        faults += [Fault(f"{pointer}/{source}", problem)] if problem else []
    if problem := mask_problem([one.ref for one in given]):
        faults.append(Fault("#/mask", problem))
    return tuple(given), faults


def _places(body: SubmitBody) -> Iterator[tuple[str, Role, InputBody]]:
    for k, one in enumerate(body.input_images):
        yield f"#/inputImages/{k}", "image", one
    if body.mask is not None:
        yield "#/mask", "mask", body.mask


def _looked_at(
    ref: InputRef, one: InputBody, caller: Caller, s: Services
) -> tuple[Given, str | None]:
    if one.url is not None:
        return Given(ref, url=one.url), _address_problem(one.url, s)
    if one.base64 is not None:
        meter = metered(ref.role, [one.base64])
        return Given(_known(ref, meter), data=one.base64), meter.problem
    name = names.upload_of(one.blob or "", caller.name)
    found = _metered(ref.role, name, s.blobs) if name is not None else None
    if name is None or found is None:
        return Given(ref), NO_UPLOAD
    return Given(_known(ref, found), blob=(names.UPLOADS, name)), found.problem


def _address_problem(url: str, s: Services) -> str | None:
    try:
        s.terms.outbound.anywhere().check_url(url)
    except AddressRefused as error:
        return str(error)
    return None


def _metered(role: Role, name: str, blobs: Blobs) -> Meter | None:
    try:
        return metered(role, blobs.chunks(names.UPLOADS, name))
    except Missing:
        return None


def _known(ref: InputRef, meter: Meter) -> InputRef:
    if meter.problem is not None:
        return ref
    return ref.model_copy(update=dict(meter.image(ref.index)))


def again(request: Request, urls: dict[int, str]) -> tuple[Given, ...]:
    """The inputs of an earlier request for a new one: its copies, or their addresses."""
    return tuple(
        Given(ref, blob=(names.INPUTS, input_store.name_of(request.id, ref)))
        if ref.here
        else Given(ref, url=urls.get(ref.index, ""))
        for ref in request.inputs
    )


def stored(request_id: str, inputs: Sequence[Given], s: Services) -> tuple[InputRef, ...]:
    """
    The inputs with what is known of them, once all that need no fetching are stored.

    Raises:
        Conflict: what was sent ahead is not any more what it was when it was looked at.
    """
    return tuple(_stored(request_id, given, s.blobs) for given in inputs)


def _stored(request_id: str, given: Given, blobs: Blobs) -> InputRef:
    ref = given.ref
    if given.url is not None:
        return ref
    if given.data is not None:
        pieces: Iterator[bytes] = iter([given.data])
    else:
        assert given.blob is not None
        pieces = blobs.chunks(*given.blob)
    incoming = input_store.Incoming(blobs, request_id, ref.index, ref.role)
    for piece in pieces:
        incoming.write(piece)
    as_looked_at = not incoming.meter.problem and incoming.meter.sha256 == ref.sha256
    image = incoming.commit() if as_looked_at else None
    if image is None:
        raise Conflict("An input was changed while it was read.", code="digest_mismatch")
    return ref.model_copy(update=dict(image))

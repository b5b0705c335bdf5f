"""From bytes to a checked body: JSON that means one thing only, then its model."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.domain import strict_json
from shared.domain.body_faults import MAX_ERRORS, in_json_words
from shared.errors import BodyTooLarge, Fault, InvalidRequest, LengthRequired
from shared.web.exchange import Call

# Inputs are base64 inside the body; larger ones are sent ahead.
MAX_BODY_BYTES = 20 * 1024 * 1024
# For each row of the largest batch 50 variables, 50 labels and all else. Each may be wrong in
# several ways, and all that is wrong is found before the first of it is told.
MAX_VALUES = 150_000

Model = TypeVar("Model", bound=BaseModel)


def json_of(call: Call) -> object:
    """
    The body of a request.

    Raises:
        BodyTooLarge: it is, or says that it is.
        LengthRequired: it is empty; that is how a chunked one arrives.
        InvalidRequest: it is not JSON.
    """
    stated = call.headers.get("content-length", "")
    stated_bytes = int(stated) if stated.isdecimal() and len(stated) < 20 else 0
    if max(stated_bytes, len(call.body)) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if not call.body:
        raise LengthRequired
    return parsed(call.body)


def parsed(data: bytes) -> object:
    """
    The value of strict JSON: UTF-8, each name once, finite numbers, neither nested nor filled
    without end.

    Raises:
        InvalidRequest: it is something else.
    """
    try:
        value = strict_json.loads(data)
    except ValueError:
        fault = Fault("#", "The body must be JSON: UTF-8, each name once, finite numbers.")
        raise InvalidRequest([fault]) from None
    if _crowded(value):
        raise InvalidRequest([Fault("#", f"More than {MAX_VALUES:,} values in one body.")])
    return value


def _crowded(value: object) -> bool:
    count, inside = 0, [value]
    while inside:
        one = inside.pop()
        values = list(one.values()) if isinstance(one, dict) else one
        if isinstance(values, list):
            count += len(values)
            if count > MAX_VALUES:
                return True
            inside += values
    return False


Also = Callable[[Mapping[str, Any]], Iterable[Fault]]


def validated(raw: object, model: type[Model], also: Also = lambda fields: ()) -> Model:
    """
    `also` finds what else is wrong where the shape is: it is given the fields whose shape is right.

    Raises:
        InvalidRequest: with every fault.
    """
    if not isinstance(raw, dict):
        raise InvalidRequest([Fault("#", "The body must be a JSON object.")])
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        broken = {one["loc"][0] for one in found}
        kept = {name: value for name, value in raw.items() if name not in broken}
        raise InvalidRequest([*map(_fault, found[:MAX_ERRORS]), *also(kept)]) from None


def _fault(error: Any) -> Fault:
    parts = [str(part)[:100].replace("~", "~0").replace("/", "~1") for part in error["loc"]]
    unknown = error["type"] == "extra_forbidden"
    reason = in_json_words(error["msg"])
    return Fault("#/" + "/".join(parts), "Unknown field." if unknown else f"{reason}.")

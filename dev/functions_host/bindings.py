"""Bindings of one function and their conversion, through azure-functions' own converters."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum

GENERIC = "generic"
RETURN = "$return"


@dataclass(frozen=True)
class Binding:
    """One decorator's outcome, as the worker sends it to the host."""

    name: str
    type: str
    direction: str
    raw: Mapping[str, Any]

    @property
    def is_out(self) -> bool:
        """True for output bindings, `$return` included."""
        return self.direction == "OUT"

    @property
    def is_trigger(self) -> bool:
        """The platform recognises a trigger by the end of its type name."""
        return self.type.lower().endswith("trigger")

    def text(self, key: str, default: str = "") -> str:
        """A raw string field; fields left out by the app are absent, not null."""
        return str(self.raw.get(key, default))


@dataclass(frozen=True)
class ParamType:
    """How a value is converted: str and bytes annotations go round the binding's converter."""

    converter: str
    annotation: object


@dataclass(frozen=True)
class Function:
    """An indexed function: what the worker knows and what the host was told."""

    name: str
    handler: Callable[..., Any]
    bindings: tuple[Binding, ...]
    is_async: bool
    wants_context: bool
    inputs: Mapping[str, ParamType]
    outputs: Mapping[str, ParamType]
    returns: ParamType | None
    directory: str

    @property
    def trigger(self) -> Binding:
        """Indexing made sure that there is exactly one."""
        return next(binding for binding in self.bindings if binding.is_trigger)


def parse_binding(raw_json: str) -> Binding:
    """Read one raw binding; enum members arrive as upper-case names."""
    raw = {key: value for key, value in json.loads(raw_json).items() if value is not None}
    return Binding(raw["name"], raw["type"], str(raw["direction"]).upper(), raw)


class _GenericConverter:
    """What the worker does with a str or bytes annotation, or with an unknown binding type."""

    @staticmethod
    def check_input_type_annotation(annotation: type) -> bool:
        return issubclass(annotation, str | bytes)

    @staticmethod
    def check_output_type_annotation(annotation: type) -> bool:
        return issubclass(annotation, str | bytes | bytearray)

    @staticmethod
    def decode(data: Datum, *, trigger_metadata: object) -> Any:
        return data.value

    @staticmethod
    def encode(value: object, *, expected_type: object) -> Datum:
        if isinstance(value, str):
            return Datum(value, "string")
        if isinstance(value, bytes | bytearray):
            return Datum(bytes(value), "bytes")
        raise NotImplementedError


def converter_for(binding_type: str) -> Any:
    """The library's converter of a binding type; the generic one when it has none."""
    return func.get_binding_registry().get(binding_type) or _GenericConverter  # type: ignore[no-untyped-call]


def accepts(param: ParamType, *, is_out: bool) -> bool:
    """Ask the library whether the annotation fits the binding, exactly as the worker does."""
    converter = converter_for(param.converter)
    name = "check_output_type_annotation" if is_out else "check_input_type_annotation"
    check = getattr(converter, name, None)
    return bool(check and check(param.annotation))


def decode(param: ParamType, data: Datum, metadata: Mapping[str, Datum]) -> Any:
    """A handler's argument from the wire value; a bad value raises before the handler runs."""
    try:
        return converter_for(param.converter).decode(data, trigger_metadata=metadata)
    except NotImplementedError as exc:
        raise TypeError(f"cannot decode {data.type!r} for a {param.converter} binding") from exc


def encode(param: ParamType, value: object) -> Datum:
    """The wire value of what a handler returned or set; TypeError when it has no form."""
    try:
        found = converter_for(param.converter).encode(value, expected_type=param.annotation)
    except NotImplementedError as exc:
        kind = type(value).__name__
        raise TypeError(f"cannot encode a {kind} for a {param.converter} binding") from exc
    assert isinstance(found, Datum)
    return found

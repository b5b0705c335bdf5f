"""A body's fields and the checks that every route makes of them."""

from __future__ import annotations

from collections.abc import Mapping

from . import errors
from .answers import Refusal

TYPE_WORDS: Mapping[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "a boolean",
    float: "a decimal number",
    list: "an array",
    dict: "an object",
}


class Fields:
    """A body's fields; a null counts as absent, as in the service's schema.

    ``within`` stands before each name in a refusal: the tool's fields are ``tools[0].size``.
    """

    def __init__(self, body: Mapping[str, object], within: str = "") -> None:
        self._present = {name: value for name, value in body.items() if value is not None}
        self._within = within

    def shown(self, name: str) -> str:
        return self._within + name

    def names(self) -> list[str]:
        return list(self._present)

    def value(self, name: str) -> object:
        return self._present.get(name)

    def text(self, name: str, otherwise: str) -> str:
        return str(self._present.get(name, otherwise))

    def whole(self, name: str, otherwise: int) -> int:
        value = self._present.get(name, otherwise)
        return value if isinstance(value, int) else otherwise

    def check_types(self, types: Mapping[str, type]) -> None:
        """Refuse the first field that is not among these or not of its type."""
        for name, value in self._present.items():
            if name not in types:
                raise errors.unknown_parameter(self.shown(name))
            if type(value) is not types[name]:
                raise wrong_type(self.shown(name), types[name], value)

    def check_range(self, name: str, lowest: int, highest: int) -> None:
        value = self.whole(name, lowest)
        if value > highest:
            raise self._out_of_range(name, "above maximum", f"<= {highest}", value)
        if value < lowest:
            raise self._out_of_range(name, "below minimum", f">= {lowest}", value)

    def _out_of_range(self, name: str, side: str, bound: str, value: int) -> Refusal:
        shown = self.shown(name)
        message = f"Invalid '{shown}': integer {side} value. Expected a value {bound}, but got"
        code = {"above maximum": "integer_above_max_value"}.get(side, "integer_below_min_value")
        return errors.parameter(f"{message} {value} instead.", shown, code)

    def check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        value = self.text(name, choices[0])
        if value in choices:
            return
        *most, last = (f"'{choice}'" for choice in choices)
        comma = "," if len(most) > 1 else ""
        listed = f"{', '.join(most)}{comma} and {last}"
        message = f"Invalid value: '{value}'. Supported values are: {listed}."
        raise errors.parameter(message, self.shown(name), "invalid_value")

    def required(self, name: str) -> object:
        """The field's value, or the refusal of a body without it."""
        if name not in self._present:
            message = f"Missing required parameter: '{self.shown(name)}'."
            raise errors.parameter(message, self.shown(name), "missing_required_parameter")
        return self._present[name]


def wrong_type(shown: str, wanted: type, value: object) -> Refusal:
    """400 in the service's words for a value of another JSON type."""
    got = "null" if value is None else TYPE_WORDS[type(value)]
    message = f"Invalid type for '{shown}': expected {TYPE_WORDS[wanted]}, but got {got} instead."
    return errors.parameter(message, shown, "invalid_type")

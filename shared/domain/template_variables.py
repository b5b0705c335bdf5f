"""Variables of a template: what may stand in each place of its prompt, and how it is written."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, StringConstraints

from shared.domain.policy_text import NO_WIDTH
from shared.domain.stage_body import Short
from shared.domain.submission import Scalar
from shared.domain.values import WHOLE, Value
from shared.errors import Fault

MAX_CHOICES = 100
# A prompt has at most 32,000 characters; what needs more than this is no variable of it.
MAX_TEXT_CHARS, USUAL_TEXT_CHARS = 4_000, 200
# Nobody asks for more of anything in a picture; written out, it is ten digits at most.
MOST = 1_000_000_000
DECIMALS = 6
NAME = r"[A-Za-z][A-Za-z0-9_]{0,39}"
NUMBERS = ("integer", "number")

# What a reviewer who reads the prompt would not see: control characters, separators of lines,
# formats, such as those that turn the direction of text, and tags and selectors, which are known
# to carry instructions past people (https://www.unicode.org/reports/tr36/).
_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp"})
_UNSEEN = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0e\U000e0000-\U000e0fff"
    f"{''.join(sorted(NO_WIDTH))}]"
)
# Emoji and some scripts need joiners, and emoji a selector: one, or one of each. More could spell.
_KEPT = frozenset("\t\n\u200c\u200d")
_SPELLING = re.compile("[\u200c\u200d][\u200c\u200d\ufe0f]|\ufe0f[\u200c\ufe0f]")
# Columns of lists and of CSV files are text, numbers too.
_DECIMAL = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,15})?")
_LINES = re.compile(r"\r\n?")
# What each type takes besides what all of them have.
_OWN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("max_length", "multiline"), ("text",)),
    "choices": ("choice",),
    **dict.fromkeys(("minimum", "maximum"), NUMBERS),
}

_BOUNDS = Field(ge=-MOST, le=MOST)
Limit = Annotated[StrictInt, _BOUNDS] | Annotated[StrictFloat, _BOUNDS]


class Variable(Value):
    """
    `multiline`: a text of several lines. A `default` stands where nothing is given; without one a
    variable is required unless `required` is false, and then nothing stands there.
    """

    type: Literal["text", "choice", "integer", "number"] = "text"
    title: Short | None = Field(default=None, description="What people read beside the field.")
    required: StrictBool | None = None
    default: Scalar = None
    max_length: Annotated[StrictInt, Field(ge=1, le=MAX_TEXT_CHARS), WHOLE] | None = Field(
        default=None, description=f"Characters of a text; normally {USUAL_TEXT_CHARS}."
    )
    multiline: StrictBool = False
    choices: tuple[Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)], ...] = (
        Field(default=(), max_length=MAX_CHOICES)
    )
    minimum: Limit | None = None
    maximum: Limit | None = None

    @property
    def needed(self) -> bool:
        return left_out(self.default) if self.required is None else self.required


def left_out(value: Scalar) -> bool:
    """Flows send null, or an empty text, for what nobody filled in."""
    return value is None or value == ""


def faults_of(variable: Variable, at: str) -> Iterator[Fault]:
    """What is wrong with a variable that has the right shape; `at` is its place."""
    wire = variable.wire()
    for (name, value), field in zip(wire.items(), type(variable).model_fields, strict=True):
        kinds = _OWN.get(field, (variable.type,))
        given = value is not None and value is not False and value != []
        if given and variable.type not in kinds:
            yield Fault(f"{at}/{name}", f"Only for type {' or '.join(kinds)}.")
    if variable.type == "choice":
        yield from _choice_faults(variable, at)
    low, high = variable.minimum, variable.maximum
    if low is not None and high is not None and low > high:
        yield Fault(f"{at}/maximum", "It is below the minimum.")
    if not left_out(variable.default):
        yield from _default_faults(variable, at)


def _choice_faults(variable: Variable, at: str) -> Iterator[Fault]:
    if not variable.choices:
        yield Fault(f"{at}/choices", "At least one is needed.")
    for k, text in enumerate(variable.choices):
        if text in variable.choices[:k]:
            yield Fault(f"{at}/choices/{k}", "It is there twice.")
        elif not text.strip() or "\n" in text or "\t" in text or _hides(text):
            yield Fault(f"{at}/choices/{k}", "One line of text that can be seen.")


def _default_faults(variable: Variable, at: str) -> Iterator[Fault]:
    if variable.required:
        yield Fault(f"{at}/default", "What is required has no default.")
    try:
        written(variable, variable.default)
    except ValueError as error:
        yield Fault(f"{at}/default", str(error))


def written(variable: Variable, value: Scalar) -> str:
    """
    What stands in the prompt for a value.

    Raises:
        ValueError: it cannot stand there; its text says why, and does not repeat it.
    """
    if variable.type in NUMBERS:
        return _number(variable, value)
    if not isinstance(value, str):
        raise ValueError("A text is needed.")
    if variable.type == "choice":
        if value not in variable.choices:
            raise ValueError(f"One of: {', '.join(variable.choices[:20])}.")
        return value
    return _text(variable, value)


def _text(variable: Variable, value: str) -> str:
    text = _LINES.sub("\n", value) if variable.multiline else value
    most = variable.max_length or USUAL_TEXT_CHARS
    if not text.strip():
        raise ValueError("There is nothing in it.")
    if len(text) > most:
        raise ValueError(f"At most {most:,} characters.")
    if not variable.multiline and re.search(r"[\n\r\t]", text):
        raise ValueError("One line is needed: no line ends, no tabs.")
    if _hides(text):
        raise ValueError("It holds characters that cannot be seen.")
    return text


def _hides(text: str) -> bool:
    """Whether there is more in it than can be seen."""
    if _UNSEEN.search(text) or _SPELLING.search(text):
        return True
    return any(unicodedata.category(one) in _CATEGORIES for one in text if one not in _KEPT)


def _number(variable: Variable, value: Scalar) -> str:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("A number is needed.")
    whole = variable.type == "integer"
    if whole and value != value // 1:
        raise ValueError("A whole number is needed.")
    low = -MOST if variable.minimum is None else variable.minimum
    high = MOST if variable.maximum is None else variable.maximum
    if not low <= value <= high:
        raise ValueError(f"From {low:,} to {high:,}.")
    if whole or isinstance(value, int):
        return str(int(value))
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
